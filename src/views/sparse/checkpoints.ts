import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface CheckpointLimits {
  readonly files: number;
  readonly bytes: number;
}

const limits: CheckpointLimits = { files: 50, bytes: 200 * 2 ** 20 };

/** Makes the folder in which trainings keep where they stand. */
export async function prepareCheckpoints(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
}

/**
 * Removes the oldest checkpoints beyond the limits; the newest stays, whatever its size. A folder that
 * no training has been kept in yet may be missing.
 */
export async function pruneCheckpoints(
  folder: string,
  { bytes, files }: CheckpointLimits = limits,
): Promise<void> {
  const found = await Promise.all(
    (await readdir(folder).catch(unlessMissing)).map(async (name) => {
      const path = join(folder, name);
      // Another window may remove files, too.
      const stats = await stat(path).catch(() => undefined);
      return stats?.isFile() ? [{ path, size: stats.size, time: stats.mtimeMs }] : [];
    }),
  );
  let [count, total] = [0, 0];
  const tooMany = found
    .flat()
    .sort((a, b) => b.time - a.time)
    .filter(({ size }) => {
      count++;
      total += size;
      return count > 1 && (count > files || total > bytes);
    });
  await Promise.all(tooMany.map(({ path }) => rm(path, { force: true })));
}

function unlessMissing(error: unknown): string[] {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return [];
  }
  throw error;
}
