import type {
  BackendChoice,
  BackendName,
  BackendSettings,
  BackendsReport,
  BackendStatus,
  Calibration,
} from '../../protocol/backends';
import { UnsupportedError } from '../../failures';
import type { Accelerator, AcceleratorLoad, AcceleratorName } from './accelerator';
import { examineAccelerator, loadAccelerator } from './accelerators';
import { calibrationOf } from './auto';
import { describeRoute, fastestFor, setProductRoute } from './productRoute';
import { withBackend } from './turn';
import { registerWasm } from './wasm';

export type { BackendName };

export interface StartedBackend {
  readonly name: BackendName;
  readonly version: string;
  readonly device?: string;
}

/** What is being computed on, and how that came about. */
interface State {
  readonly started: StartedBackend;
  readonly calibration?: Calibration;
  readonly problem?: string;
}

/** Threads and settings that hold for the next start. */
interface Configuration extends BackendSettings {
  readonly threads: number;
}

let configuration: Configuration = { choice: 'auto', threads: 1 };
let state: State | undefined;
let starting: Promise<unknown> = Promise.resolve();
/** Backends that failed while they computed, and how. They stay away until they are chosen anew. */
const failed = new Map<AcceleratorName, string>();

/** A large square product, by which `auto` says what is in use. */
const largeProduct = { m: 2048, n: 2048, k: 2048 };

/** How backends are found and chosen from the next start on; the one in use works until then. */
export function configureBackends(settings: BackendSettings & { readonly threads?: number }): void {
  const { threads = configuration.threads } = settings;
  const next = { ...settings, threads };
  if (JSON.stringify(next) !== JSON.stringify(configuration)) {
    configuration = next;
    state = undefined;
    failed.clear();
  }
}

/**
 * Starts what the configuration chooses (see {@link configureBackends}), or `choice`, which then
 * stays chosen and must not fail. Idempotent; cheap when it is running.
 * @throws UnsupportedError with the reason when a backend that must not fail cannot start.
 */
export function startBackend(choice?: BackendChoice): Promise<StartedBackend> {
  // One start at a time: TensorFlow.js keeps the backend in global state.
  const started = starting.then(async () => {
    if (choice !== undefined) {
      configureBackends({ ...configuration, choice, isStrict: true });
    }
    state ??= await start(configuration);
    return state.started;
  });
  starting = started.catch(() => {});
  return started;
}

/** The backend in use; undefined before the first start. */
export function activeBackend(): BackendName | undefined {
  return state?.started.name;
}

/** The accelerator did not compute what it was asked for: others do, from now on. */
export function abandon({ name }: Accelerator, reason: string): void {
  failed.set(name, reason);
  setProductRoute({ kind: 'kernels' });
  state = undefined;
}

/** All accelerators that can be used here, whatever is chosen; none that is only emulated. */
export async function usableAccelerators(): Promise<Accelerator[]> {
  const loads = [await load('tensorflow'), await load('webgpu')];
  return acceleratorsOf(loads);
}

/** Every backend this version knows, whether it can be used here, and why not. */
export async function listBackends(): Promise<BackendsReport> {
  let problem: string | undefined;
  const started = await startBackend().catch((thrown: unknown) => {
    if (thrown instanceof UnsupportedError) {
      problem = thrown.message;
      return undefined;
    }
    throw thrown;
  });
  problem ??= state?.problem;
  const wasm = await wasmStatus(started?.name === 'wasm');
  const tensorflow = await examine('tensorflow');
  const webgpu = await examine('webgpu');
  return {
    choice: configuration.choice,
    backends: [
      wasm,
      statusOf('tensorflow', tensorflow, started),
      statusOf('webgpu', webgpu, started),
    ],
    ...(state?.calibration && { calibration: state.calibration }),
    route: describeRoute(),
    adapters: 'untried' in webgpu ? [] : (webgpu.devices ?? []),
    ...(problem !== undefined && { problem }),
  };
}

async function wasmStatus(active: boolean): Promise<BackendStatus> {
  const found = await registerWasm().then(
    (version) => ({ available: true, detail: version }),
    (thrown: Error) => ({ available: false, detail: thrown.message }),
  );
  return { name: 'wasm', ...found, active, installed: true };
}

function statusOf(
  name: AcceleratorName,
  load: AcceleratorLoad | { readonly untried: string },
  started: StartedBackend | undefined,
): BackendStatus {
  const active = started?.name === name;
  if ('untried' in load) {
    return { name, available: true, active, detail: load.untried, installed: true };
  }
  if (!load.loaded) {
    return { name, available: false, active, detail: load.reason, installed: load.installed };
  }
  const { version, device } = load.accelerator;
  return {
    name,
    available: true,
    active,
    detail: version,
    installed: true,
    ...(device !== undefined && { device }),
  };
}

/** For the list: what the choice does not need is not loaded. */
function examine(name: AcceleratorName): Promise<AcceleratorLoad | { readonly untried: string }> {
  const { choice } = configuration;
  const isNeeded = choice === 'auto' || choice === name || failed.has(name);
  return isNeeded ? load(name) : examineAccelerator(name, configuration);
}

async function load(name: AcceleratorName): Promise<AcceleratorLoad> {
  const failure = failed.get(name);
  return failure === undefined
    ? loadAccelerator(name, configuration)
    : {
        loaded: false,
        installed: true,
        reason: `It stopped working: ${failure}. The command "TensorPress: Restart Engine" tries it again.`,
      };
}

async function start(wanted: Configuration): Promise<State> {
  setProductRoute({ kind: 'kernels' });
  if (wanted.choice === 'wasm') {
    return { started: await startWasm() };
  }
  return wanted.choice === 'auto' ? startFastest() : startChosen(wanted.choice, wanted.isStrict);
}

async function startChosen(name: AcceleratorName, isStrict = false): Promise<State> {
  const found = await load(name);
  if (found.loaded) {
    const { accelerator } = found;
    await withBackend(name, async () => {});
    setProductRoute({ kind: 'chosen', accelerator });
    return { started: startedOf(accelerator) };
  }
  const reason = `The ${name} backend cannot be used: ${found.reason}`;
  if (isStrict) {
    throw new UnsupportedError(reason);
  }
  return {
    started: await startWasm(),
    problem: `${reason} TensorPress computes with wasm meanwhile.`,
  };
}

/** Whichever is fastest; nothing is measured where there is no choice. */
async function startFastest(): Promise<State> {
  const loads = [await load('tensorflow'), await load('webgpu')];
  const broken = loads.find((each) => !each.loaded && each.installed && each.isSound !== true);
  const problem =
    broken && !broken.loaded
      ? { problem: `${broken.reason} TensorPress computes without it meanwhile.` }
      : {};
  const accelerators = acceleratorsOf(loads);
  if (accelerators.length === 0) {
    return { started: await startWasm(), ...problem };
  }
  const calibration = await calibrationOf(accelerators, configuration);
  const { speeds } = calibration;
  const fastest = fastestFor(largeProduct, speeds);
  const accelerator = accelerators.find(({ name }) => name === fastest);
  const started = accelerator ? startedOf(accelerator) : await startWasm();
  await withBackend(started.name, async () => {});
  setProductRoute({ kind: 'measured', accelerators, speeds });
  return { started, calibration, ...problem };
}

function acceleratorsOf(loads: readonly AcceleratorLoad[]): Accelerator[] {
  return loads
    .flatMap((each) => (each.loaded ? [each.accelerator] : []))
    .filter(({ isEmulated }) => isEmulated !== true);
}

function startedOf({ name, version, device }: Accelerator): StartedBackend {
  return { name, version, ...(device !== undefined && { device }) };
}

async function startWasm(): Promise<StartedBackend> {
  const before = processListeners();
  try {
    const version = await registerWasm();
    await withBackend('wasm', async () => {});
    return { name: 'wasm', version };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UnsupportedError(`The wasm backend cannot be used: ${reason}`, {}, { cause: thrown });
  } finally {
    removeAddedListeners(before);
  }
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
