import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Where `path` lies in the folder `shared` beside the checkout, which holds real weights; undefined
 * when it is not there, and the test that wants it is to be skipped.
 */
export function sharedPath(path: string): string | undefined {
  const full = join(root, '..', 'shared', path);
  return existsSync(full) ? full : undefined;
}
