import { spawn } from 'node:child_process';

/** What a process of its own found out about an addon. */
export type Trial =
  | { readonly works: true; readonly report: Readonly<Record<string, unknown>> }
  | { readonly works: false; readonly reason: string };

export interface TrialOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Added to the environment of the process. */
  readonly env?: Readonly<Record<string, string>>;
  /** The Node.js to try it with; the running one when left out. */
  readonly execPath?: string;
}

const defaultTimeoutMs = 90_000;
const marker = 'tensorpress-trial:';

const crashes: Readonly<Record<string, string>> = {
  SIGILL: 'this processor lacks instructions that it was built with, or the file is damaged',
  SIGSEGV: 'it reads memory that is not its own',
  SIGBUS: 'the file is damaged or cut off',
  SIGABRT: 'it gave up',
};

/**
 * Runs `code` with `args` in a Node.js process of its own, so that an addon that crashes takes
 * nothing else along. The code calls `report(object)` once all works. Never throws.
 */
export function tryInProcess(
  code: string,
  args: readonly string[],
  options: TrialOptions = {},
): Promise<Trial> {
  const prelude = `const report = (found) => console.log(${JSON.stringify(`\n${marker}`)} + JSON.stringify(found));`;
  return new Promise((resolve) => {
    const child = spawn(
      options.execPath ?? process.execPath,
      ['-e', `${prelude}\n${code}`, '--', ...args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        signal: options.signal,
        timeout: options.timeoutMs ?? defaultTimeoutMs,
        killSignal: 'SIGKILL',
        windowsHide: true,
        // VS Code's extension host runs in Electron, which then is a plain Node.js.
        env: { ...withoutNodeOptions(process.env), ...options.env, ELECTRON_RUN_AS_NODE: '1' },
      },
    );
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => (output += String(data)));
    child.stderr.on('data', (data) => (errors = (errors + String(data)).slice(-8192)));
    child.once('error', (error) => resolve({ works: false, reason: error.message }));
    child.once('close', (exitCode, signal) => {
      const line = output.split('\n').find((text) => text.startsWith(marker));
      if (line !== undefined && exitCode === 0) {
        const report = JSON.parse(line.slice(marker.length)) as Record<string, unknown>;
        resolve({ works: true, report });
        return;
      }
      resolve({ works: false, reason: reasonOf(exitCode, signal, errors) });
    });
  });
}

function reasonOf(exitCode: number | null, signal: string | null, errors: string): string {
  if (signal === 'SIGKILL') {
    return 'it did not answer in time when it was tried';
  }
  if (signal !== null) {
    const meaning = crashes[signal];
    return `it crashed when it was tried (${signal}${meaning ? `: ${meaning}` : ''})`;
  }
  const error = /^(?:\w*Error): (.*)$/m.exec(errors)?.[1];
  return error ?? `it ended with exit code ${exitCode} when it was tried`;
}

/** Options of a debugger or a test runner are not the trial's. */
function withoutNodeOptions(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, NODE_OPTIONS: undefined };
}
