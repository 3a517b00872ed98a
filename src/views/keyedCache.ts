import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Results of the files last worked on; the oldest beyond these are removed. */
const keptResults = 50;

/**
 * Finished results on disk, so that opening a panel again, or reloading the window, is instant.
 * `key` holds everything a result depends on (file, its time and size, settings, version).
 */
export interface KeyedCache<T> {
  read(key: readonly unknown[]): Promise<T | undefined>;
  write(key: readonly unknown[], result: T): Promise<void>;
}

export function createKeyedCache<T>(folder: string): KeyedCache<T> {
  const pathOf = (key: readonly unknown[]) =>
    join(folder, `${createHash('sha256').update(JSON.stringify(key)).digest('hex')}.json`);
  return {
    async read(key) {
      try {
        return JSON.parse(await readFile(pathOf(key), 'utf8')) as T;
      } catch {
        // Absent or cut short: the result is computed again.
        return undefined;
      }
    },
    async write(key, result) {
      const path = pathOf(key);
      await mkdir(folder, { recursive: true });
      await writeFile(`${path}.part`, JSON.stringify(result));
      await rename(`${path}.part`, path);
      await prune(folder);
    },
  };
}

async function prune(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= keptResults) {
    return;
  }
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return { path, time: (await stat(path)).mtimeMs };
    }),
  );
  files.sort((a, b) => b.time - a.time);
  await Promise.all(files.slice(keptResults).map(({ path }) => rm(path, { force: true })));
}
