import type { ChoicesResult } from '../../protocol/engine';
import { createKeyedCache } from '../keyedCache';
import type { KeyedCache } from '../keyedCache';

/** Finished choices on disk. */
export type ChoicesCache = KeyedCache<ChoicesResult>;

export function createChoicesCache(folder: string): ChoicesCache {
  return createKeyedCache<ChoicesResult>(folder);
}
