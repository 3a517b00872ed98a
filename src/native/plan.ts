import { join } from 'node:path';
import { FileError, UnsupportedError } from '../failures';
import { findCompiler, noCompiler } from './compiler';
import {
  nodeApiHeaders,
  platforms,
  tfjsNode,
  tfjsNodeVersion,
  webgpu,
  webgpuVersion,
  type Artifact,
  type Library,
  type NativeComponent,
  type Origin,
} from './recipes';
import { locate, type Place, type Sources } from './sources';

/** What an installation will do, found out without downloading anything. */
export interface InstallPlan {
  readonly component: NativeComponent;
  /** What it comes to, in words. */
  readonly title: string;
  /** Changes when what is installed would. */
  readonly recipe: string;
  readonly packageName: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly downloads: readonly PlannedDownload[];
  /** Bytes in all, about. */
  readonly downloadBytes: number;
  /** Bytes on disk afterwards, about. */
  readonly installedBytes: number;
  readonly library?: Library;
  /** Builds the addon; left out where it comes ready-made. */
  readonly compiler?: string;
}

export interface PlannedDownload {
  /** What the file is for. */
  readonly role: 'package' | 'library' | 'headers' | 'addon';
  readonly artifact: Artifact;
  readonly place: Place;
}

export interface PlanOptions {
  readonly sources: Sources;
  readonly platform?: string;
  readonly arch?: string;
  readonly signal?: AbortSignal;
  /** Undefined when there is none. */
  readonly compiler?: () => Promise<string | undefined>;
}

/** Raised when a package is put together differently from the same parts. */
const recipeNumber = 1;

const webgpuRecipe = `webgpu ${webgpuVersion} / ${recipeNumber}`;

function tensorflowRecipe({ title }: Library, isBuilt: boolean): string {
  const addon = isBuilt ? 'built here' : 'ready-made';
  return [`tfjs-node ${tfjsNodeVersion}`, title, addon, recipeNumber].join(' / ');
}

/** Recipes that this version would install by, on whatever network: what has one is up to date. */
export function currentRecipes(
  component: NativeComponent,
  platform: string = process.platform,
  arch: string = process.arch,
): readonly string[] {
  return component === 'webgpu'
    ? [webgpuRecipe]
    : (platforms[`${platform}-${arch}`]?.libraries ?? []).flatMap((library) => [
        tensorflowRecipe(library, true),
        tensorflowRecipe(library, false),
      ]);
}

/** How long a host may take to say whether it is there. */
const answerMs = 8000;

/**
 * Finds out where the parts of `component` come from on this machine and network.
 * @throws UnsupportedError when there is none for this system, or a compiler is missing; FileError
 * when no host answers.
 */
export async function planInstall(
  component: NativeComponent,
  options: PlanOptions,
): Promise<InstallPlan> {
  return component === 'webgpu' ? planWebgpu(options) : planTensorFlow(options);
}

async function planWebgpu({ sources, signal }: PlanOptions): Promise<InstallPlan> {
  return {
    component: 'webgpu',
    title: webgpu.title,
    recipe: webgpuRecipe,
    packageName: 'webgpu',
    versions: { webgpu: webgpuVersion },
    downloads: [await planned('package', webgpu, sources, signal)],
    downloadBytes: webgpu.bytes,
    installedBytes: 22 * 2 ** 20,
  };
}

async function planTensorFlow(options: PlanOptions): Promise<InstallPlan> {
  const { sources, signal, platform = process.platform, arch = process.arch } = options;
  const recipes = platforms[`${platform}-${arch}`];
  if (!recipes) {
    throw new UnsupportedError(
      `TensorFlow's native library is not published for this system (${platform} ${arch}); ` +
        'the wasm backend works everywhere.',
      { value: `${platform} ${arch}` },
    );
  }
  // Built from checked sources where that can be done: for the addon made elsewhere its publisher
  // names no checksum.
  const compiler = platform === 'win32' ? undefined : await (options.compiler ?? findCompiler)();
  if (!compiler && !recipes.prebuilt) {
    throw noCompiler(platform);
  }
  const refusals: string[] = [];
  for (const library of recipes.libraries) {
    if (library.layout === 'wheel' && !compiler) {
      throw new UnsupportedError(`${noCompiler(platform).message} (${refusals.join(' ')})`);
    }
    try {
      const place = await answering(library.origin, sources, signal);
      return await withLibrary(library, place, recipes.prebuilt, compiler, options);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof FileError)) {
        throw error;
      }
      refusals.push(error.message);
    }
  }
  throw new FileError(`TensorFlow's library cannot be fetched. ${refusals.join(' ')}`);
}

async function withLibrary(
  library: Library,
  place: Place,
  prebuilt: Artifact | undefined,
  compiler: string | undefined,
  { sources, signal }: PlanOptions,
): Promise<InstallPlan> {
  const addon =
    compiler === undefined && prebuilt
      ? planned('addon', prebuilt, sources, signal)
      : planned('headers', nodeApiHeaders, sources, signal);
  const downloads: PlannedDownload[] = [
    ...(await Promise.all([planned('package', tfjsNode, sources, signal), addon])),
    { role: 'library', artifact: library, place },
  ];
  return {
    component: 'tensorflow',
    title: `${tfjsNode.title} with ${library.title}`,
    recipe: tensorflowRecipe(library, compiler !== undefined),
    packageName: join('@tensorflow', 'tfjs-node'),
    versions: { 'tfjs-node': tfjsNodeVersion, tensorflow: library.version },
    downloads,
    downloadBytes: downloads.reduce((sum, { artifact }) => sum + artifact.bytes, 0),
    installedBytes: library.installedBytes + 2 ** 20,
    library,
    compiler,
  };
}

async function planned(
  role: PlannedDownload['role'],
  artifact: Artifact,
  sources: Sources,
  signal?: AbortSignal,
): Promise<PlannedDownload> {
  return { role, artifact, place: await locate(artifact.origin, sources, signal) };
}

/** The place of a file whose host is there and has it; a host that is blocked may never answer. */
async function answering(origin: Origin, sources: Sources, signal?: AbortSignal): Promise<Place> {
  const soon = AbortSignal.timeout(answerMs);
  const stop = signal ? AbortSignal.any([signal, soon]) : soon;
  let place: Place;
  try {
    place = await locate(origin, sources, stop);
    if (origin.registry !== 'storage') {
      return place;
    }
    const response = await fetch(place.url, {
      method: 'HEAD',
      headers: place.headers,
      signal: stop,
    });
    if (response.ok) {
      return place;
    }
    throw new FileError(`${new URL(place.url).host} answers with status ${response.status}.`);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof FileError) {
      throw error;
    }
    const host = new URL(
      { npm: sources.npm, pypi: sources.pypi, storage: sources.storage }[origin.registry],
    ).host;
    const why = soon.aborted ? 'does not answer' : 'cannot be reached';
    throw new FileError(`${host} ${why}.`, {}, { cause: error });
  }
}
