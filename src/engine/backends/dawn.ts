import { createRequire } from 'node:module';
import { join } from 'node:path';
import { checkAddon } from './addonCheck';
import { tryInProcess } from './addonTrial';
import { findPackages, type PackageFolders } from './packageSearch';

/** Dawn, an implementation of WebGPU, as the npm package `webgpu` brings it for Node. */
export interface Dawn {
  readonly version: string;
  /** Names of the graphics adapters. */
  readonly adapters: readonly string[];
  /** A WebGPU implementation with Dawn's own switches, such as `adapter=NAME`. */
  create(flags: readonly string[]): GPU;
  /** The names that pages find in their global scope: `GPUBufferUsage` and the like. */
  readonly globals: Readonly<Record<string, unknown>>;
}

export type DawnLoad =
  | { readonly loaded: true; readonly dawn: Dawn }
  | { readonly loaded: false; readonly reason: string; readonly installed: boolean };

const platform = `${process.platform}-${process.platform === 'darwin' ? 'universal' : process.arch}`;

const advice =
  'Install it with the command "TensorPress: Install Native Backend…" or "tensorpress native install webgpu".';

/**
 * A broken library or graphics driver ends its process: first it ends one that nobody misses. That
 * process also finds out the adapters' names, which Dawn tells when it is asked for one that is not
 * there; a second instance of Dawn beside the one in use would not survive its clean-up.
 */
const trial = `
  const { create } = require(process.argv.at(-1));
  const gpu = create(['adapter=\\u0001']);
  const tell = (text) => {
    report({ adapters: [...text.matchAll(/name: '(.*)'/g)].map(([, name]) => name) });
    process.exit(0);
  };
  gpu.requestAdapter().then(() => tell(''), (error) => tell(error.message));
`;

/** Loads Dawn from the first place that has the package `webgpu`. Never throws. */
export async function loadDawn(folders: PackageFolders): Promise<DawnLoad> {
  const [found] = findPackages(['webgpu'], folders);
  if (!found) {
    const reason = `The package webgpu is not installed. ${advice}`;
    return { loaded: false, installed: false, reason };
  }
  const file = join(found.folder, 'dist', platform, 'dawn.node');
  const broken = (what: string): DawnLoad => ({
    loaded: false,
    installed: true,
    reason: `The package webgpu in ${found.folder} cannot be used: ${what}. ${advice}`,
  });
  const wrong = await checkAddon(file);
  if (wrong !== undefined) {
    return broken(`its library for this system (dist/${platform}/dawn.node) ${wrong}`);
  }
  const tried = await tryInProcess(trial, [file]);
  if (!tried.works) {
    return broken(tried.reason);
  }
  try {
    // The library itself: the package around it is an ES module, which a bundle cannot require.
    const addon = createRequire(__filename)(file) as Pick<Dawn, 'create' | 'globals'>;
    const { create, globals } = addon;
    const adapters = [...new Set(adaptersIn(tried.report))];
    return { loaded: true, dawn: { version: found.version, adapters, create, globals } };
  } catch (thrown) {
    return broken(String(thrown instanceof Error ? thrown.message : thrown).split('\n')[0]);
  }
}

function adaptersIn({ adapters }: Readonly<Record<string, unknown>>): string[] {
  return Array.isArray(adapters) ? adapters.filter((name) => typeof name === 'string') : [];
}
