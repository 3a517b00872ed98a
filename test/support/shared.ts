import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A path in the folder `shared` beside the repository, where large public test data may lie;
 * undefined where it does not, and the test is then skipped.
 */
export function sharedPath(relative: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/${relative}`, import.meta.url));
  return existsSync(path) ? path : undefined;
}
