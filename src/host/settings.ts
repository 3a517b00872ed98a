import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ConfigurationTarget, workspace } from 'vscode';
import type { Uri } from 'vscode';
import { UsageError } from '../failures';
import type { BackendChoice, BackendSettings } from '../protocol/backends';
import type { Method } from '../protocol/choices';

export interface Settings {
  readonly methods: readonly Method[];
  /** Fractions of parameters kept for which choices are computed, ascending. */
  readonly keptLevels: readonly number[];
  /** Budget that a new choices panel starts with. */
  readonly defaultKept: number;
  readonly outputSuffix: string;
  readonly seed: number;
  readonly histogramBins: number;
}

const knownMethods: readonly string[] = Object.keys({
  svd: true,
  cp: true,
  tucker: true,
  tt: true,
  kronecker: true,
  block: true,
  kpd: true,
} satisfies Record<Method, true>);

const section = 'tensorpress';

/** Each takes some memory of its own; the manifest allows no more either. */
const mostThreads = 64;

/**
 * The settings for the file `scope`. Settings files are edited by hand, so each value is checked.
 * @throws UsageError naming the setting, its value and what is allowed.
 */
export function readSettings(scope?: Uri): Settings {
  const configuration = workspace.getConfiguration(section, scope);
  const read = <T>(name: string, isValid: (value: unknown) => value is T, allowed: string): T => {
    const value = configuration.get<unknown>(name);
    if (!isValid(value)) {
      throw new UsageError(
        `The setting ${section}.${name} is ${JSON.stringify(value)}, but must be ${allowed}.`,
        { value: JSON.stringify(value) },
      );
    }
    return value;
  };

  return {
    methods: read('methods', isMethods, `a list of some of ${knownMethods.join(', ')}`),
    keptLevels: [
      ...new Set(read('keptLevels', areFractions, 'a list of numbers above 0 and below 1')),
    ].sort((a, b) => a - b),
    defaultKept: read('defaultKept', isFraction, 'a number above 0 and up to 1'),
    outputSuffix: read('outputSuffix', isSuffix, 'letters, digits, dots, dashes or underscores'),
    seed: read('seed', isNatural, 'a whole number from 0 to 4294967295'),
    histogramBins: read('histogramBins', isBins, 'a whole number from 8 to 512'),
  };
}

/** Of each worker; see `workerJob.ts` for what it covers. */
export function readMemoryLimitMb(): number {
  return atLeast('memoryLimit', 256, 4096);
}

/** Threads that one computation may use. */
export function readThreads(): number {
  const wanted = Math.floor(atLeast('threads', 0, 0));
  return wanted === 0 ? availableParallelism() : Math.min(wanted, mostThreads);
}

export function readVirtualFileLimitMb(): number {
  return atLeast('virtualFileLimit', 0, 512);
}

let installations = 0;

/** Optional packages were installed or removed: from the next call on, the engine looks again. */
export function noteInstallation(): void {
  installations++;
}

/** How the engine chooses its backends; `storage` is the folder that TensorPress may write to. */
export function readBackendSettings(storage: string): BackendSettings {
  const configuration = workspace.getConfiguration(section);
  const choice = configuration.get<unknown>('backend');
  const text = (name: string): string => {
    const value = configuration.get<unknown>(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const nativeFolder = text('nativeFolder');
  const webgpuAdapter = text('webgpuAdapter');
  return {
    choice: backendChoices.find((known) => known === choice) ?? 'auto',
    ...(nativeFolder !== '' && { nativeFolder }),
    ...(webgpuAdapter !== '' && { webgpuAdapter }),
    installedFolder: join(storage, 'native'),
    installations,
    calibrationFile: join(storage, 'calibration.json'),
  };
}

/** Writes the choice to the user's settings. */
export async function chooseBackend(choice: BackendChoice): Promise<void> {
  await workspace.getConfiguration(section).update('backend', choice, ConfigurationTarget.Global);
}

/** Those that {@link readBackendSettings} reads. */
export const backendSettingNames = ['backend', 'nativeFolder', 'webgpuAdapter'].map(
  (name) => `${section}.${name}`,
);

const backendChoices: readonly BackendChoice[] = ['auto', 'wasm', 'tensorflow', 'webgpu'];

function atLeast(name: string, least: number, fallback: number): number {
  const value = workspace.getConfiguration(section).get<unknown>(name);
  return typeof value === 'number' && Number.isFinite(value) ? Math.max(value, least) : fallback;
}

function isMethods(value: unknown): value is readonly Method[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => typeof item === 'string' && knownMethods.includes(item))
  );
}

function isFraction(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= 1;
}

function areFractions(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => isFraction(item) && item < 1)
  );
}

/** No separators, so that the file stays in its folder. */
function isSuffix(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]+$/.test(value);
}

function isNatural(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

function isBins(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 8 && value <= 512;
}
