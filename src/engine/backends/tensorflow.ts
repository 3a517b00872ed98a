import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import util from 'node:util';
import { checkAddon } from './addonCheck';
import { compareWithManifest, readManifest } from './nativeManifest';
import { findPackages, type FoundPackage, type PackageFolders } from './packageSearch';
import { withVariables } from './processVariables';
import { restoreRemovedUtilities } from './removedUtilities';
import { addonName, explainLoader, findAddon } from './tensorflowAddon';
import { tryTensorFlowOnce } from './tensorflowTrial';
import { tf } from './tf';

export interface TensorFlowOptions extends PackageFolders {
  /** Threads TensorFlow computes with; all of the machine when left out. */
  readonly threads?: number;
}

/** What loading the native library came to. */
export type TensorFlowLoad =
  | {
      readonly loaded: true;
      /** Of the package, and of TensorFlow below it. */
      readonly version: string;
      readonly folder: string;
      readonly device?: string;
    }
  | {
      readonly loaded: false;
      /** What is wrong and what to do, in whole sentences. */
      readonly reason: string;
      /** Whether there is something that does not load, rather than nothing. */
      readonly installed: boolean;
    };

/** The package for graphics cards first: who has both wants that. */
export const tensorflowPackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** The packages, put together by the installer, take tfjs-core from there. */
const sharedCore = Symbol.for('tensorpress.tfjs');

/**
 * The loader's flag that keeps a library in memory when its worker ends. TensorFlow's threads and
 * destructors do not survive being unloaded.
 */
const keepLoaded: Readonly<Record<string, number>> = { linux: 0x1000, darwin: 0x80 };

/** Names the addon that a thread of this process has loaded; a second library would crash it. */
const loadedVariable = 'TENSORPRESS_TENSORFLOW_LOADED';

const install =
  'To install it, run the command "TensorPress: Install Native Backend…" in VS Code or "tensorpress native install".';
const repair =
  'To repair it, run "TensorPress: Install Native Backend…" or "tensorpress native install"; to do without it, delete that folder.';

let loaded: Extract<TensorFlowLoad, { loaded: true }> | undefined;
const failures = new Map<string, string>();

/**
 * Finds a TensorFlow.js for Node (in the user's folder, the installed one, or our own
 * node_modules), loads it, and registers the backend `tensorflow` without switching to it. What
 * could crash is tried in a process of its own first. Never throws: the exact reason of a failure,
 * and what to do about it, is the answer. Once loaded, it stays, until its folder is gone.
 */
export async function loadTensorFlow(options: TensorFlowOptions = {}): Promise<TensorFlowLoad> {
  const packages = findPackages(tensorflowPackages, options);
  if (loaded && packages.some(({ folder }) => folder === loaded?.folder)) {
    return loaded;
  }
  const reasons: string[] = [];
  for (const found of packages) {
    const outcome = await loadPackage(found, options);
    if (typeof outcome !== 'string') {
      loaded = outcome;
      return loaded;
    }
    reasons.push(outcome);
  }
  const where = options.nativeFolder
    ? ` The folder ${options.nativeFolder} (setting tensorpress.nativeFolder) has none either.`
    : '';
  return reasons.length > 0
    ? { loaded: false, installed: true, reason: `${reasons.join(' ')} ${repair}` }
    : {
        loaded: false,
        installed: false,
        reason: `TensorFlow's native library is not installed.${where} ${install}`,
      };
}

async function loadPackage(
  found: FoundPackage,
  options: TensorFlowOptions,
): Promise<Extract<TensorFlowLoad, { loaded: true }> | string> {
  const { name, folder, version } = found;
  const label = `${name} ${version} in ${folder}`;
  const addon = findAddon(folder);
  if (!addon) {
    return (
      `${label} has no native addon for this Node.js (${process.version}, Node-API ` +
      `${process.versions.napi}); its installation did not finish.`
    );
  }
  const { size, mtimeMs } = await stat(addon);
  const key = `${addon} ${size} ${mtimeMs}`;
  const known = failures.get(key);
  if (known !== undefined) {
    return known;
  }
  const outcome = await check(found, addon, label);
  if ('reason' in outcome) {
    failures.set(key, outcome.reason);
    return outcome.reason;
  }
  const other = loadedInProcess();
  if (other !== undefined && other !== addon) {
    return (
      `${label} waits for a restart: this process works with the library of ${other} already. ` +
      'In VS Code, run "Developer: Reload Window".'
    );
  }
  try {
    register(found, addon, options.threads);
  } catch (thrown) {
    const reason = `${label} does not load: ${firstLine(thrown)}.`;
    failures.set(key, reason);
    return reason;
  }
  process.env[loadedVariable] = `${process.pid} ${addon}`;
  return {
    loaded: true,
    version: `${version} (TensorFlow ${String(outcome.report.tensorflow)})`,
    folder,
    ...(outcome.report.usesGpu === true && { device: 'GPU' }),
  };
}

async function check(
  { folder }: FoundPackage,
  addon: string,
  label: string,
): Promise<{ reason: string } | { report: Readonly<Record<string, unknown>> }> {
  const manifest = await readManifest(folder);
  if (manifest && (manifest.platform !== process.platform || manifest.arch !== process.arch)) {
    const { platform, arch } = manifest;
    return {
      reason: `${label} was installed for ${platform} ${arch}; this is ${process.platform} ${process.arch}.`,
    };
  }
  const problem = await checkAddon(addon);
  if (problem !== undefined) {
    return { reason: `${label} is damaged: its addon ${addonName} ${problem}.` };
  }
  const difference = manifest && (await compareWithManifest(folder, manifest));
  if (difference !== undefined) {
    return { reason: `${label} ${difference}.` };
  }
  const trial = await tryTensorFlowOnce(folder, addon);
  return trial.works
    ? { report: trial.report }
    : { reason: `${label} does not work: ${explainLoader(trial.reason)}.` };
}

function register({ name, folder }: FoundPackage, addon: string, threads?: number): void {
  restoreRemovedUtilities(util);
  (globalThis as Record<symbol, unknown>)[sharedCore] = { ...tf, KernelBackend: callableBackend() };
  const native = { exports: {} };
  // TensorFlow reads them once, when the addon makes its first context.
  const variables = {
    TF_CPP_MIN_LOG_LEVEL: '3',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    ...(threads !== undefined && {
      TF_NUM_INTRAOP_THREADS: String(threads),
      TF_NUM_INTEROP_THREADS: '1',
    }),
  };
  withVariables(variables, () =>
    process.dlopen(native, addon, constants.dlopen.RTLD_LAZY | (keepLoaded[process.platform] ?? 0)),
  );
  const load = createRequire(join(folder, 'package.json'));
  // Not the package's entry: that one also makes its backend the current one.
  const { NodeJSKernelBackend } = load('./dist/nodejs_kernel_backend.js') as {
    NodeJSKernelBackend: new (addon: unknown, name: string) => never;
  };
  load('./dist/register_all_kernels.js');
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(native.exports, name));
}

/** tfjs-node is compiled to functions, which call the constructor they inherit from. */
function callableBackend(): () => void {
  const base = () => {};
  base.prototype = tf.KernelBackend.prototype;
  return base;
}

function loadedInProcess(): string | undefined {
  const [pid, ...path] = (process.env[loadedVariable] ?? '').split(' ');
  return pid === String(process.pid) ? path.join(' ') : undefined;
}

function firstLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return explainLoader(text.split('\n')[0]);
}
