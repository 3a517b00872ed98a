import type { BackendChoice } from '../protocol/backends';
import type { CallOptions } from '../protocol/rpc';
import type { Progress } from '../protocol/engine';
import type { EngineCalls } from '../worker/engineClient';

/** Everything a command needs of the outside, so that tests can give their own. */
export interface CliContext {
  readonly engine: EngineCalls;
  /** Threads for the engine to compute with; called before the first call of the engine. */
  useThreads(count: number): void;
  /** The backend to compute with; as `useThreads`. */
  useBackend(choice: BackendChoice): void;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Columns of the terminal that stdout is, undefined when it is none. */
  readonly stdoutColumns: number | undefined;
  /** Columns of the terminal that stderr is; no progress is shown when it is none. */
  readonly stderrColumns: number | undefined;
}

/** Prints `lines`, or `value` as JSON when `asJson`. */
export function print(
  context: CliContext,
  asJson: boolean | undefined,
  value: unknown,
  lines: () => readonly string[],
): void {
  const text = asJson ? JSON.stringify(value, undefined, 2) : lines().join('\n');
  context.stdout(`${text}\n`);
}

/**
 * Runs a long call with its progress on a line of its own, which is gone when the call has settled.
 */
export async function withProgress<T, Part extends Progress>(
  { signal, stderr, stderrColumns }: CliContext,
  title: string,
  call: (options: CallOptions<Part>) => Promise<T>,
): Promise<T> {
  if (stderrColumns === undefined) {
    return call({ signal });
  }
  let shown = '';
  const show = ({ fraction, message }: Progress) => {
    const done = Math.round(Math.min(1, Math.max(0, fraction)) * 20);
    const percent = `${Math.floor(fraction * 100)}`.padStart(3);
    const text = `${title} [${'#'.repeat(done)}${'.'.repeat(20 - done)}] ${percent} %  ${message ?? ''}`;
    const line = [...text].slice(0, stderrColumns - 1).join('');
    if (line !== shown) {
      shown = line;
      stderr(`\r${clearLine}${line}`);
    }
  };
  try {
    return await call({ signal, onProgress: show });
  } finally {
    stderr(`\r${clearLine}`);
  }
}

const clearLine = '\u001b[2K';
