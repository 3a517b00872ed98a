import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChoicesResult } from '../../../src/protocol/engine';
import { createChoicesCache } from '../../../src/views/choices/choicesCache';

const result = (elapsedMs: number): ChoicesResult => ({
  file: 'm.safetensors',
  backend: 'wasm',
  seed: 0,
  elapsedMs,
  choices: [],
  skipped: [],
  tensors: [],
});

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tensorpress-cache-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('createChoicesCache', () => {
  it('returns what was written under the same key, also to another window', async () => {
    await createChoicesCache(join(folder, 'new')).write(['file:///m', '1-2', ['svd']], result(7));
    const cache = createChoicesCache(join(folder, 'new'));
    expect(await cache.read(['file:///m', '1-2', ['svd']])).toEqual(result(7));
  });

  it('returns nothing when any part of the key differs', async () => {
    const cache = createChoicesCache(folder);
    await cache.write(['file:///m', '1-2', ['svd'], [0.5]], result(7));
    expect(await cache.read(['file:///m', '1-3', ['svd'], [0.5]])).toBeUndefined();
    expect(await cache.read(['file:///m', '1-2', ['svd', 'cp'], [0.5]])).toBeUndefined();
  });

  it('takes a damaged entry for none', async () => {
    const cache = createChoicesCache(folder);
    await cache.write(['a'], result(1));
    const [name] = readdirSync(folder);
    writeFileSync(join(folder, name ?? ''), '{"file": "m.safe');
    expect(await cache.read(['a'])).toBeUndefined();
  });

  it('removes the oldest entries beyond fifty', async () => {
    const cache = createChoicesCache(folder);
    await cache.write(['oldest'], result(0));
    const [oldest] = readdirSync(folder);
    utimesSync(join(folder, oldest ?? ''), 1, 1);
    for (let i = 0; i < 50; i++) {
      await cache.write([i], result(i));
    }
    expect(readdirSync(folder)).toHaveLength(50);
    expect(await cache.read(['oldest'])).toBeUndefined();
    expect(await cache.read([0])).toEqual(result(0));
  });
});
