import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export const manifestName = 'tensorpress.json';

/** What the installer leaves in a package that it has put together. */
export interface NativeManifest {
  readonly format: 1;
  /** The recipe it was made by; another one means that it is to be made anew. */
  readonly recipe: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly arch: string;
  /** How it was put together, in words. */
  readonly origin: string;
  /** ISO 8601, UTC. */
  readonly installedAt: string;
  /** Bytes in all. */
  readonly bytes: number;
  /** Native files, by their path in the package with `/`. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** The manifest of the package `folder`; undefined where TensorPress has not made it. */
export async function readManifest(folder: string): Promise<NativeManifest | undefined> {
  try {
    const manifest = JSON.parse(
      await readFile(join(folder, manifestName), 'utf8'),
    ) as NativeManifest;
    return manifest.format === 1 && typeof manifest.files === 'object' ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Files up to this size are compared by content at every start, larger ones by size. */
const contentBytes = 2 ** 24;

/**
 * What does not agree with the manifest, as the end of a sentence that begins with the name of the
 * package; undefined when all does. `isThorough` compares the content of large files, too.
 */
export async function compareWithManifest(
  folder: string,
  manifest: NativeManifest,
  { isThorough = false }: { readonly isThorough?: boolean } = {},
): Promise<string | undefined> {
  for (const [name, expected] of Object.entries(manifest.files)) {
    const path = join(folder, name);
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => undefined,
    );
    if (bytes === undefined) {
      return `lacks its file ${name}`;
    }
    if (bytes !== expected.bytes) {
      return `is damaged: ${name} has ${bytes} bytes instead of ${expected.bytes}`;
    }
    if ((isThorough || bytes <= contentBytes) && (await sha256Of(path)) !== expected.sha256) {
      return `is damaged: ${name} is not what was installed`;
    }
  }
  return undefined;
}

export async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash, { signal });
  return hash.digest('hex');
}
