import type { BackendStatus } from '../../protocol/engine';
import { UnsupportedError } from '../../failures';
import { loadTensorFlow } from './tensorflow';
import { tf } from './tf';
import { registerWasm } from './wasm';

export type BackendName = 'wasm' | 'tensorflow';

export interface StartedBackend {
  readonly name: BackendName;
  readonly version: string;
}

let active: StartedBackend | undefined;
let starting: Promise<StartedBackend> = Promise.resolve({ name: 'wasm', version: '' });

/**
 * Starts the array backend: `tensorflow` (the native library, when @tensorflow/tfjs-node is
 * installed and loads), `wasm` (built in), or `auto`, the better of the two here. Idempotent; with
 * `auto` a running backend stays. @throws UnsupportedError with the reason when it cannot start.
 */
export function startBackend(name: BackendName | 'auto' = 'auto'): Promise<StartedBackend> {
  // One start at a time: TensorFlow.js keeps the backend in global state.
  starting = starting.then(
    () => start(name),
    () => start(name),
  );
  return starting;
}

/** The backend in use; undefined before the first start. */
export function activeBackend(): BackendName | undefined {
  return active?.name;
}

/** Every backend this version knows, whether it can be used here, and why not. */
export async function listBackends(): Promise<BackendStatus[]> {
  const wasm = await registerWasm().then(
    (version) => ({ available: true, detail: version }),
    (thrown: Error) => ({ available: false, detail: thrown.message }),
  );
  const native = loadTensorFlow();
  return [
    { name: 'wasm', ...wasm, active: active?.name === 'wasm' },
    {
      name: 'tensorflow',
      available: native.loaded,
      active: active?.name === 'tensorflow',
      detail: native.loaded ? native.version : native.reason,
    },
    {
      name: 'webgpu',
      available: false,
      active: false,
      detail: 'Not available in this version of TensorPress; use wasm or tensorflow.',
    },
  ];
}

async function start(name: BackendName | 'auto'): Promise<StartedBackend> {
  if (active && (name === 'auto' || name === active.name)) {
    return active;
  }
  if (name !== 'wasm') {
    const native = loadTensorFlow();
    if (native.loaded && (await activates('tensorflow'))) {
      active = { name: 'tensorflow', version: native.version };
      return active;
    }
    if (name === 'tensorflow') {
      const reason = native.loaded ? 'TensorFlow.js refused to start it.' : native.reason;
      throw new UnsupportedError(`The tensorflow backend cannot be used: ${reason}`);
    }
  }
  active = { name: 'wasm', version: await startWasm() };
  return active;
}

async function startWasm(): Promise<string> {
  const before = processListeners();
  try {
    const version = await registerWasm();
    if (!(await activates('wasm'))) {
      throw new Error('TensorFlow.js refused to start it.');
    }
    return version;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UnsupportedError(`The wasm backend cannot be used: ${reason}`, {}, { cause: thrown });
  } finally {
    removeAddedListeners(before);
  }
}

async function activates(name: BackendName): Promise<boolean> {
  const done = await tf.setBackend(name);
  await tf.ready();
  return done && tf.getBackend() === name;
}

const guardedEvents = ['uncaughtException', 'unhandledRejection'] as const;

function processListeners(): Map<string, unknown[]> {
  return new Map(guardedEvents.map((event) => [event, process.rawListeners(event)]));
}

/** The wasm loader installs process-wide handlers that are not its business in a host process. */
function removeAddedListeners(before: Map<string, unknown[]>): void {
  for (const event of guardedEvents) {
    for (const listener of process.rawListeners(event)) {
      if (!before.get(event)?.includes(listener)) {
        process.removeListener(event, listener as () => void);
      }
    }
  }
}
