import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readError } from '../../../io/fileErrors';
import type { Job } from '../../job';
import { openStored, type StoredSparse } from '../stored';

/** Files up to this size stay open in memory between two looks at their entries. */
const keptUpTo = 2 ** 28;

let kept: { readonly key: string; readonly stored: StoredSparse } | undefined;

/** As `openStored`; the file opened last is not read again as long as it has not changed. */
export async function openedStored(path: string, job?: Job): Promise<StoredSparse> {
  let key: string;
  try {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true });
    key = JSON.stringify([resolve(path), `${size}`, `${mtimeNs}`, `${ino}`]);
  } catch (error) {
    throw readError(path, error);
  }
  if (kept?.key === key) {
    return kept.stored;
  }
  kept = undefined;
  const stored = await openStored(path, job);
  if (stored.size <= keptUpTo) {
    kept = { key, stored };
  }
  return stored;
}
