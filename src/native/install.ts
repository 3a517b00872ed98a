import { mkdir, mkdtemp, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CancelledError, FileError, UnsupportedError } from '../failures';
import { checkAddon } from '../engine/backends/addonCheck';
import {
  compareWithManifest,
  manifestName,
  readManifest,
  sha256Of,
  type NativeManifest,
} from '../engine/backends/nativeManifest';
import { explainLoader, findAddon } from '../engine/backends/tensorflowAddon';
import { tryTensorFlowOnce } from '../engine/backends/tensorflowTrial';
import { download } from './download';
import { withLock } from './lock';
import type { InstallPlan, PlannedDownload } from './plan';
import { assembleTensorFlow, nativeFolders, type Assembly } from './tensorflowPackage';
import { assembleWebgpu, webgpuBinaries } from './webgpuPackage';

export interface InstallProgress {
  /** 0 to 1. */
  readonly fraction: number;
  readonly message: string;
}

export interface InstallOptions {
  /** Holds `node_modules` afterwards. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  readonly report?: (progress: InstallProgress) => void;
  /** Where downloads lie; below `folder`, and removed at the end, when left out. */
  readonly downloads?: string;
  /** Tells whether what was put together works: undefined, or why not. */
  readonly attempt?: (plan: InstallPlan, folder: string) => Promise<string | undefined>;
}

export interface Installed {
  readonly folder: string;
  readonly manifest: NativeManifest;
  /** Whether there was nothing to do. */
  readonly wasThere: boolean;
}

/** The downloaded files, by what they are for. */
type Files = ReadonlyMap<PlannedDownload['role'], string>;

/** Of the progress bar: what downloading takes, compared with unpacking, building and trying. */
const downloadShare = 0.75;

const stagingPrefix = '.staging-';
const oldPrefix = '.old-';

/**
 * Downloads, checks, puts together, tries, and only then gives the package its place: whatever
 * happens before, what was there stays. Does nothing when the same is there and whole.
 * @throws FileError, UnsupportedError, FormatError, CancelledError, UsageError
 */
export async function install(plan: InstallPlan, options: InstallOptions): Promise<Installed> {
  const { folder, signal } = options;
  const target = join(folder, 'node_modules', plan.packageName);
  const present = await readManifest(target);
  if (present?.recipe === plan.recipe && !(await compareWithManifest(target, present))) {
    return { folder: target, manifest: present, wasThere: true };
  }
  try {
    await mkdir(dirname(target), { recursive: true });
    return await withLock(folder, () => installLocked(plan, options, target));
  } catch (error) {
    if (signal?.aborted) {
      throw new CancelledError();
    }
    throw asFileError(error, folder);
  }
}

async function installLocked(
  plan: InstallPlan,
  options: InstallOptions,
  target: string,
): Promise<Installed> {
  const { folder, signal, report, downloads = join(folder, 'downloads') } = options;
  await removeLeftovers(folder);
  await requireSpace(folder, plan);
  const staging = await mkdtemp(join(folder, stagingPrefix));
  try {
    const files = await downloadAll(plan, downloads, options);
    const staged = join(staging, 'package');
    const scratch = join(staging, 'scratch');
    await mkdir(staged);
    await mkdir(scratch);
    let steps = 0;
    await assemble(plan, files, {
      folder: staged,
      scratch,
      signal,
      report: (message) =>
        report?.({ fraction: downloadShare + 0.05 * ++steps, message: `${message} …` }),
    });
    await rm(scratch, { recursive: true });
    report?.({ fraction: 0.95, message: 'trying it …' });
    const problem = await (options.attempt ?? attempt)(plan, staged);
    signal?.throwIfAborted();
    if (problem !== undefined) {
      throw new UnsupportedError(
        `${plan.title} was put together, but does not work here: ${problem}. Nothing was installed.`,
      );
    }
    const manifest = await makeManifest(plan, staged);
    await writeFile(join(staged, manifestName), JSON.stringify(manifest, undefined, 2));
    signal?.throwIfAborted();
    await putInPlace(staged, target, folder);
    if (options.downloads === undefined) {
      await rm(downloads, { recursive: true, force: true });
    }
    report?.({ fraction: 1, message: 'done' });
    return { folder: target, manifest, wasThere: false };
  } finally {
    await rm(staging, { recursive: true, force: true });
    if (signal?.aborted && options.downloads === undefined) {
      await rm(downloads, { recursive: true, force: true });
    }
  }
}

async function downloadAll(
  plan: InstallPlan,
  folder: string,
  { signal, report }: InstallOptions,
): Promise<Files> {
  const files = new Map<PlannedDownload['role'], string>();
  let before = 0;
  for (const { role, artifact, place } of plan.downloads) {
    const target = join(folder, decodeURIComponent(basename(new URL(place.url).pathname)));
    await download({
      place,
      target,
      checksum: artifact.checksum,
      signal,
      report: (bytes, total) => {
        const share = (before + Math.min(bytes, artifact.bytes)) / plan.downloadBytes;
        const amount = `${inMegabytes(bytes)} of ${inMegabytes(total ?? artifact.bytes)} MB`;
        report?.({
          fraction: downloadShare * Math.min(1, share),
          message: `downloading ${artifact.title}: ${amount}`,
        });
      },
    });
    before += artifact.bytes;
    files.set(role, target);
  }
  return files;
}

async function assemble(plan: InstallPlan, files: Files, assembly: Assembly): Promise<void> {
  const fileOf = (role: PlannedDownload['role']) => files.get(role) ?? '';
  if (plan.component === 'webgpu') {
    assembly.report('unpacking');
    await assembleWebgpu(fileOf('package'), assembly);
    return;
  }
  await assembleTensorFlow(
    {
      tfjsNode: fileOf('package'),
      library: { file: fileOf('library'), layout: plan.library?.layout ?? 'wheel' },
      addon: plan.compiler
        ? { compiler: plan.compiler, headers: fileOf('headers') }
        : { prebuilt: fileOf('addon') },
    },
    assembly,
  );
}

/** In a process of its own. */
async function attempt(plan: InstallPlan, folder: string): Promise<string | undefined> {
  if (plan.component === 'webgpu') {
    // It needs a graphics driver to do anything; the engine tells when there is none.
    const problem = await checkAddon(join(folder, webgpuBinaries(), 'dawn.node'));
    return problem === undefined ? undefined : `dawn.node ${problem}`;
  }
  const addon = findAddon(folder);
  const problem = addon === undefined ? 'is missing' : await checkAddon(addon);
  if (addon === undefined || problem !== undefined) {
    return `its addon ${problem}`;
  }
  const trial = await tryTensorFlowOnce(folder, addon);
  return trial.works ? undefined : explainLoader(trial.reason);
}

async function makeManifest(plan: InstallPlan, folder: string): Promise<NativeManifest> {
  const files: Record<string, { bytes: number; sha256: string }> = {};
  const natives = plan.component === 'webgpu' ? [webgpuBinaries()] : nativeFolders;
  for (const native of natives) {
    for (const entry of await readdir(join(folder, native), { withFileTypes: true })) {
      // Links have their targets listed.
      if (entry.isFile()) {
        const path = join(folder, native, entry.name);
        const { size } = await stat(path);
        files[`${native}/${entry.name}`] = { bytes: size, sha256: await sha256Of(path) };
      }
    }
  }
  return {
    format: 1,
    recipe: plan.recipe,
    versions: plan.versions,
    platform: process.platform,
    arch: process.arch,
    origin: plan.title + (plan.compiler ? `, addon built with ${plan.compiler}` : ''),
    installedAt: new Date().toISOString(),
    bytes: Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0),
    files,
  };
}

/** Renaming is the only step that changes what others see. */
async function putInPlace(staged: string, target: string, folder: string): Promise<void> {
  const old = join(folder, `${oldPrefix}${process.pid}-${Date.now()}`);
  const hadOld = await rename(target, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') {
        return false;
      }
      throw inUse(target, error);
    },
  );
  try {
    await rename(staged, target);
  } catch (error) {
    if (hadOld) {
      await rename(old, target);
    }
    throw error;
  }
  await rm(old, { recursive: true, force: true }).catch(() => {
    // On Windows, files in use go at the next installation.
  });
}

export function inUse(target: string, cause: NodeJS.ErrnoException): FileError {
  return new FileError(
    `${target} cannot be changed (${cause.code ?? cause.message}): another window may be using it. ` +
      'Close other VS Code windows and try again.',
    {},
    { cause },
  );
}

/** What processes that were killed left behind. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (name.startsWith(stagingPrefix) || name.startsWith(oldPrefix)) {
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
    }
  }
}

/** Downloads and what is unpacked of them lie side by side for a while. */
async function requireSpace(folder: string, plan: InstallPlan): Promise<void> {
  const needed = plan.downloadBytes + plan.installedBytes * 1.05;
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < needed) {
    throw new FileError(
      `${plan.title} needs ${inMegabytes(needed)} MB while it is installed, and ${folder} has ` +
        `${inMegabytes(free)} MB free.`,
      { value: free, limit: Math.ceil(needed) },
    );
  }
}

function asFileError(error: unknown, folder: string): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  return code !== undefined && syscall !== undefined
    ? new FileError(`Installing into ${folder} failed: ${message}.`, {}, { cause: error })
    : error;
}

function inMegabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 1 : 0);
}
