import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UnsupportedError } from '../failures';
import { unpackTar } from './unpackTar';

/** The folder of the package with the binaries of a platform. */
export function webgpuBinaries(
  platform: string = process.platform,
  arch: string = process.arch,
): string {
  return `dist/${platform}-${platform === 'darwin' ? 'universal' : arch}`;
}

/** Unpacks of the package `webgpu` what this platform needs: a fifth of it. */
export async function assembleWebgpu(
  archive: string,
  { folder, signal }: { readonly folder: string; readonly signal?: AbortSignal },
): Promise<void> {
  const binaries = webgpuBinaries();
  await unpackTar({
    archive,
    folder,
    place(name) {
      const path = name.replace(/^package\//, '');
      const isWanted =
        ['package.json', 'index.js', 'LICENSE.md'].includes(path) ||
        path.startsWith(`${binaries}/`);
      return isWanted ? path : undefined;
    },
    signal,
  });
  const addon = join(folder, binaries, 'dawn.node');
  if (!(await stat(addon).catch(() => undefined))) {
    throw new UnsupportedError(
      `WebGPU for Node has no binaries for this system (${process.platform} ${process.arch}).`,
    );
  }
}
