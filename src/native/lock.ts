import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError, UsageError } from '../failures';

const lockName = '.installing';

/**
 * Runs `use` while no other process does so in `folder`. A lock whose process is gone is taken
 * over. @throws UsageError when another one is at it.
 */
export async function withLock<T>(folder: string, use: () => Promise<T>): Promise<T> {
  const file = join(folder, lockName);
  await take(file, true);
  try {
    return await use();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string, mayRetry: boolean): Promise<void> {
  try {
    const handle = await open(file, 'wx');
    await handle.write(String(process.pid));
    await handle.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new FileError(
        `${file} cannot be written: ${(error as Error).message}.`,
        {},
        { cause: error },
      );
    }
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    if (mayRetry && !isRunning(owner)) {
      await rm(file, { force: true });
      await take(file, false);
      return;
    }
    throw new UsageError(
      `Another window or command is installing here (process ${owner}). Wait until it is done, ` +
        `or, if there is none, delete ${file}.`,
    );
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) {
    return false;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
