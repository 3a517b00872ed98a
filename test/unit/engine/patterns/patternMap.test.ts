import { describe, expect, it } from 'vitest';
import { jobFromSignal, unattended } from '../../../../src/engine/job';
import { patternMap } from '../../../../src/engine/patterns/patternMap';
import { CancelledError, UsageError } from '../../../../src/failures';
import type { BlockMap, BlockPattern, Criterion } from '../../../../src/protocol/patterns';
import { useFolder, writeWeights } from '../../../support/pressing';
import { blockEntries, blocks, matrixOf, normOf, rowsOf, singles } from './support';

const at = useFolder();

async function sample(): Promise<string> {
  return writeWeights(at('net.safetensors'), [
    { name: 'conv', shape: [4, 3, 2, 5], values: singles(1, [4, 3, 2, 5]) },
    { name: 'fc', shape: [13, 22], values: singles(2, [13, 22]) },
    { name: 'zero', shape: [4, 4], values: new Float32Array(16) },
    { name: 'half', shape: [4, 8], values: singles(3, [4, 8]), dtype: 'float16' },
  ]);
}

async function mapOf(path: string, tensor: string, pattern: BlockPattern): Promise<BlockMap> {
  const map = await patternMap({ path, tensor, pattern });
  if (map.pattern.kind !== 'block') {
    throw new Error('A map of blocks was asked for.');
  }
  return map as BlockMap;
}

const naive: Readonly<Record<Criterion, (entries: readonly number[]) => number>> = {
  frobenius: (entries) => normOf(entries),
  l1: (entries) => entries.reduce((sum, x) => sum + Math.abs(x), 0),
  max: (entries) => Math.max(...entries.map(Math.abs)),
  meanSquare: (entries) => entries.reduce((sum, x) => sum + x * x, 0) / entries.length,
};

describe('the map of a block pattern', () => {
  it.each(Object.keys(naive) as Criterion[])(
    'has the score, order and errors that %s gives, ragged edges included',
    async (criterion) => {
      const values = singles(2, [13, 22]);
      const map = await mapOf(await sample(), 'fc', blocks([4, 5], { criterion }));
      expect(map.grid).toEqual([4, 5]);
      expect(map.padding).toEqual([3, 3]);
      const entries = blockEntries(rowsOf(22, values), [4, 5]);
      const scores = entries.map(naive[criterion]);
      expect(normOf(new Float32Array(map.scores).map((x, i) => x - scores[i]))).toBeLessThan(1e-5);
      const order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
      expect(Array.from(new Uint32Array(map.order))).toEqual(order);
      const norm = normOf(values);
      expect(map.norm).toBeCloseTo(norm, 10);
      const errors = Array.from({ length: 21 }, (_, q) =>
        normOf(order.slice(q).flatMap((block) => entries[block])),
      );
      const found = new Float32Array(map.errors);
      expect(found).toHaveLength(21);
      expect(normOf(found.map((x, q) => x - errors[q] / norm))).toBeLessThan(1e-6);
    },
  );

  it.each(['channel-in', 'spatial'] as const)(
    'reads a convolution by the scheme %s',
    async (scheme) => {
      const map = await mapOf(await sample(), 'conv', blocks([2, 3], { scheme }));
      const matrix = matrixOf([4, 3, 2, 5], singles(1, [4, 3, 2, 5]), scheme);
      const scores = blockEntries(matrix, [2, 3]).map(naive.frobenius);
      expect([map.rows, map.columns]).toEqual([matrix.length, matrix[0].length]);
      expect(normOf(new Float32Array(map.scores).map((x, i) => x - scores[i]))).toBeLessThan(1e-6);
    },
  );

  it('takes every row of blocks in turn with the scope blockRow', async () => {
    const map = await mapOf(await sample(), 'fc', blocks([4, 5], { scope: 'blockRow' }));
    const order = Array.from(new Uint32Array(map.order));
    const rows = order.map((block) => Math.floor(block / 5));
    for (let turn = 0; turn < 5; turn++) {
      expect(rows.slice(4 * turn, 4 * turn + 4).sort()).toEqual([0, 1, 2, 3]);
    }
    expect([...order].sort((a, b) => a - b)).toEqual(order.map((_, i) => i));
  });

  it('counts bytes of the tensor’s own type, and multiply-adds', async () => {
    const { costs } = await mapOf(await sample(), 'half', blocks([2, 2]));
    expect(costs).toEqual({
      valueBytes: 2,
      denseBytes: 64,
      // Three row pointers; a column index and four values.
      bsrFixedBytes: 12,
      bsrBlockBytes: 12,
      denseMacs: 32,
      blockMacs: 4,
    });
  });

  it('loses nothing of a matrix of zeros, and counts its blocks', async () => {
    const map = await mapOf(await sample(), 'zero', blocks([2, 2]));
    expect(map.zeroBlocks).toBe(4);
    expect(Array.from(new Float32Array(map.errors))).toEqual([0, 0, 0, 0, 0]);
    expect(Array.from(new Uint32Array(map.order))).toEqual([0, 1, 2, 3]);
  });

  it('gives buffers of their own, whatever the caller does to them', async () => {
    const path = await sample();
    const first = await mapOf(path, 'fc', blocks([4, 5]));
    const [scores, order] = [first.scores.slice(0), first.order.slice(0)];
    new Uint32Array(first.order).fill(7);
    new Float32Array(first.scores).fill(7);
    const second = await mapOf(path, 'fc', blocks([4, 5]));
    expect(second.order).toEqual(order);
    expect(second.scores).toEqual(scores);
    expect([order.byteLength, scores.byteLength]).toEqual([80, 80]);
  });

  it('refuses more blocks than can be shown, and says which would do', async () => {
    const path = await writeWeights(at('large.safetensors'), [
      { name: 'large', shape: [2049, 2048], values: new Float32Array(2049 * 2048) },
    ]);
    const refused = patternMap({ path, tensor: 'large', pattern: blocks([1, 1]) });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow('the smallest square block that works is 2 × 2');
    const map = await mapOf(path, 'large', blocks([2, 2]));
    expect(map.grid).toEqual([1025, 1024]);
  });

  it('refuses a block that does not fit', async () => {
    const path = await sample();
    for (const block of [
      [0, 4],
      [14, 2],
      [1.5, 2],
    ] as const) {
      const refused = patternMap({ path, tensor: 'fc', pattern: blocks(block) });
      await expect(refused).rejects.toThrow(UsageError);
    }
  });

  it('stops when cancelled', async () => {
    const job = jobFromSignal(AbortSignal.abort());
    const stopped = patternMap(
      { path: await sample(), tensor: 'fc', pattern: blocks([4, 5]) },
      job,
    );
    await expect(stopped).rejects.toThrow(CancelledError);
  });
});

describe('the map of an N:M pattern', () => {
  const nm = (m: number) => ({ kind: 'nm', scheme: 'matrix', m }) as const;

  /** Squares that are lost when the n largest of every m entries of a row are kept. */
  function lost(rows: readonly number[][], n: number, m: number): number {
    return blockEntries(rows, [1, m])
      .map((group) =>
        group
          .map((x) => x * x)
          .sort((a, b) => b - a)
          .slice(n),
      )
      .flat()
      .reduce((sum, square) => sum + square, 0);
  }

  it('has the loss of every N, of each group and of the whole', async () => {
    const values = singles(2, [13, 22]);
    const rows = rowsOf(22, values);
    const map = await patternMap({ path: await sample(), tensor: 'fc', pattern: nm(4) });
    if (map.pattern.kind !== 'nm' || !('losses' in map)) {
      throw new Error('A map of groups was asked for.');
    }
    expect(map).toMatchObject({ grid: [13, 6], tile: [1, 4], padding: [0, 2], denseBytes: 1144 });
    const groups = blockEntries(rows, [1, 4]);
    expect(normOf(new Float32Array(map.scores).map((x, i) => x - normOf(groups[i])))).toBeLessThan(
      1e-5,
    );
    for (let n = 0; n <= 4; n++) {
      const shares = groups.map((group) => lost([group], n, 4) / normOf(group) ** 2);
      expect(normOf(new Float32Array(map.losses[n]).map((x, i) => x - shares[i]))).toBeLessThan(
        1e-6,
      );
      expect(map.errors[n]).toBeCloseTo(Math.sqrt(lost(rows, n, 4)) / normOf(values), 10);
    }
    expect(map.errors[4]).toBe(0);
  });

  it('gathers groups in tiles where there are too many, and still adds up', async () => {
    const [height, width] = [1030, 4100];
    const values = Float32Array.from({ length: height * width }, (_, i) => Math.sin(i * i));
    const path = await writeWeights(at('wide.safetensors'), [
      { name: 'w', shape: [height, width], values },
    ]);
    const map = await patternMap({ path, tensor: 'w', pattern: nm(2) });
    if (!('losses' in map)) {
      throw new Error('A map of groups was asked for.');
    }
    const [gridRows, gridColumns] = map.grid;
    expect(gridRows * gridColumns).toBeLessThanOrEqual(2 ** 20);
    expect(gridRows).toBe(Math.ceil(height / map.tile[0]));
    expect(gridColumns).toBe(Math.ceil(width / map.tile[1]));
    const scores = new Float32Array(map.scores);
    const losses = new Float32Array(map.losses[1]);
    expect(scores).toHaveLength(gridRows * gridColumns);
    // The last tile, which is smaller, from its entries.
    const rows = rowsOf(width, values)
      .slice((gridRows - 1) * map.tile[0])
      .map((row) => row.slice((gridColumns - 1) * map.tile[1]));
    expect(scores.at(-1)).toBeCloseTo(normOf(rows.flat()), 5);
    expect(losses.at(-1)).toBeCloseTo(lost(rows, 1, 2) / normOf(rows.flat()) ** 2, 5);
    const all = scores.reduce((sum, score, i) => sum + score ** 2 * losses[i], 0);
    expect(Math.sqrt(all) / map.norm).toBeCloseTo(map.errors[1], 5);
  });

  it.each([1, 17, 2.5])('refuses an M of %s', async (m) => {
    const refused = patternMap({ path: await sample(), tensor: 'fc', pattern: nm(m) });
    await expect(refused).rejects.toThrow(/from 2 to 16/);
  });

  it('refuses groups longer than a row', async () => {
    const refused = patternMap(
      { path: await sample(), tensor: 'zero', pattern: nm(8) },
      unattended,
    );
    await expect(refused).rejects.toThrow('give an M of at most 4');
  });
});
