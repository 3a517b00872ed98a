import { createRequire } from 'node:module';
import util from 'node:util';

const packageName = '@tensorflow/tfjs-node';

/** What loading the optional package came to. */
export type TensorFlowLoad =
  | { readonly loaded: true; readonly version: string }
  | { readonly loaded: false; readonly reason: string };

let outcome: TensorFlowLoad | undefined;

/**
 * Loads @tensorflow/tfjs-node if it is installed, which registers the backend `tensorflow`.
 * Never throws: the reason of a failure, and what to do about it, is the answer. Tried once.
 */
export function loadTensorFlow(
  load: (name: string) => unknown = createRequire(__filename),
): TensorFlowLoad {
  outcome ??= tryLoad(load);
  return outcome;
}

/** As {@link loadTensorFlow}, without memory. */
export function tryLoad(load: (name: string) => unknown): TensorFlowLoad {
  restoreRemovedUtilities(util);
  try {
    return { loaded: true, version: versionOf(load(packageName)) };
  } catch (thrown) {
    return { loaded: false, reason: explain(thrown) };
  }
}

/**
 * tfjs-node 4.22 still calls predicates of `node:util` that Node 23 removed; each is put back
 * where it is missing.
 */
export function restoreRemovedUtilities(target: object): void {
  const removed: Record<string, (value: unknown) => boolean> = {
    isArray: Array.isArray,
    isNull: (value) => value === null,
    isUndefined: (value) => value === undefined,
    isNullOrUndefined: (value) => value === null || value === undefined,
    isString: (value) => typeof value === 'string',
    isNumber: (value) => typeof value === 'number',
    isBoolean: (value) => typeof value === 'boolean',
    isFunction: (value) => typeof value === 'function',
    isObject: (value) => value !== null && typeof value === 'object',
  };
  for (const [name, predicate] of Object.entries(removed)) {
    if (!(name in target)) {
      Object.defineProperty(target, name, { value: predicate, configurable: true });
    }
  }
}

function versionOf(module: unknown): string {
  const { version } = module as { version?: Record<string, string> };
  return version?.['tfjs-node'] ?? version?.['tfjs-core'] ?? 'unknown version';
}

function explain(thrown: unknown): string {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const firstLine = error.message.split('\n')[0];
  if ('code' in error && error.code === 'MODULE_NOT_FOUND' && firstLine.includes(packageName)) {
    return `${packageName} is not installed. To use it, run "npm install ${packageName}" where TensorPress is installed; it downloads about 400 MB.`;
  }
  return `${packageName} is installed but does not load (${firstLine}). Run "npm rebuild ${packageName} --build-addon-from-source", or remove the package; the wasm backend does the work meanwhile.`;
}
