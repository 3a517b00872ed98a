import { describe, expect, it } from 'vitest';
import { pattern } from '../../../../src/engine/patterns/pattern';
import { patternKpd } from '../../../../src/engine/patterns/patternKpd';
import { UsageError } from '../../../../src/failures';
import type { PatternRequest } from '../../../../src/protocol/engine';
import { noise, useFolder, writeWeights } from '../../../support/pressing';
import { blockEntries, blocks, normOf, rowsOf, singles } from './support';

const at = useFolder();
const shape = [18, 21];

async function sample(): Promise<string> {
  return writeWeights(at('net.safetensors'), [
    { name: 'fc', shape, values: singles(2, shape) },
    { name: 'sum', shape: [12, 20], values: kroneckerSum() },
    { name: 'zero', shape: [4, 4], values: new Float32Array(16) },
  ]);
}

/** Two terms of 3 x 4 blocks, of which every third is dropped. */
function kroneckerSum(): Float64Array {
  const [a, b] = [noise(5, [2, 20]), noise(6, [2, 12])];
  return Float64Array.from({ length: 240 }, (_, at) => {
    const [i, j] = [Math.floor(at / 20), at % 20];
    const block = Math.floor(i / 3) * 5 + Math.floor(j / 4);
    const inner = (i % 3) * 4 + (j % 4);
    return block % 3 === 0 ? 0 : Math.fround(a[block] * b[inner] + a[20 + block] * b[12 + inner]);
  });
}

/** The mask's bits as the numbers of those that are set. */
function setBits(mask: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, i) => i).filter(
    (i) => (mask[Math.floor(i / 8)] >> (7 - (i % 8))) & 1,
  );
}

async function ask(more: Partial<PatternRequest>): Promise<Awaited<ReturnType<typeof pattern>>> {
  return pattern({
    path: await sample(),
    tensor: 'fc',
    pattern: blocks([4, 5]),
    seed: 0,
    ...more,
  });
}

describe('one pattern in full', () => {
  it('says what is kept, and loses just what the mask drops', async () => {
    const result = await ask({ kept: 0.4 });
    // A grid of 5 x 5.
    expect(result).toMatchObject({ blocks: 10, kept: 0.4, grid: [5, 5], padding: [2, 4] });
    const entries = blockEntries(rowsOf(21, singles(2, shape)), [4, 5]);
    const kept = setBits(result.mask, 25);
    expect(kept).toHaveLength(10);
    const dropped = entries.filter((_, i) => !kept.includes(i)).flat();
    const [error, norm] = [normOf(dropped), normOf(entries.flat())];
    expect(result.error.absolute).toBeCloseTo(error, 9);
    expect(result.error.relative).toBeCloseTo(error / norm, 9);
    expect(result.error.scaled).toBeCloseTo(error / 378, 9);
    expect(result.energy).toBeCloseTo(1 - (error / norm) ** 2, 9);
    const best = [...entries.keys()].sort((a, b) => normOf(entries[b]) - normOf(entries[a]));
    expect(kept).toEqual(best.slice(0, 10).sort((a, b) => a - b));
    // Six row pointers, ten column indices, ten blocks of twenty values.
    expect(result.bytes).toEqual({ dense: 4 * 378, bsr: 24 + 40 + 800 });
    expect(result.macs).toEqual({ dense: 378, kept: 200 });
    expect(result.mask.buffer.byteLength).toBe(4);
  });

  it('keeps the fewest blocks that have an energy', async () => {
    const { blocks: few, energy } = await ask({ energy: 0.8 });
    expect(energy).toBeGreaterThanOrEqual(0.8);
    const fewer = await ask({ kept: ((few ?? 0) - 1) / 25 });
    expect(fewer.blocks).toBe((few ?? 0) - 1);
    expect(fewer.energy).toBeLessThan(0.8);
    expect((await ask({ energy: 1 })).blocks).toBe(25);
    expect((await ask({ energy: 0 })).blocks).toBe(0);
    expect((await ask({ energy: 1, tensor: 'zero', pattern: blocks([2, 2]) })).blocks).toBe(0);
  });

  it('of N:M has a bit for every entry', async () => {
    const nm = { kind: 'nm', scheme: 'matrix', m: 4 } as const;
    const result = await ask({ pattern: nm, n: 2 });
    expect(result).toMatchObject({ n: 2, kept: 0.5, grid: [18, 6], padding: [0, 3] });
    expect(result.blocks).toBeUndefined();
    const kept = new Set(setBits(result.mask, 378));
    // Two of each of five groups, and the one entry of the last.
    expect(kept.size).toBe(18 * 11);
    const values = singles(2, shape);
    const dropped = values.filter((_, i) => !kept.has(i));
    expect(result.error.absolute).toBeCloseTo(normOf(dropped), 9);
    expect(result.macs).toEqual({ dense: 378, kept: 198 });
    // Values of four bytes, positions of two bits.
    expect(result.bytes).toEqual({ dense: 1512, nm: 198 * 4 + Math.ceil((198 * 2) / 8) });
  });

  it.each<[Partial<PatternRequest>, RegExp]>([
    [{}, /not none/],
    [{ kept: 0.5, energy: 0.5 }, /not kept and energy/],
    [{ n: 2 }, /n is for N:M/],
    [{ kept: 1.5 }, /kept fraction/],
    [{ energy: -1 }, /from 0 to 1, not -1/],
    [{ kept: 0.5, kpd: { rank: 0 } }, /at least 1, not 0/],
    [{ kept: 0.5, seed: -1 }, /-1/],
    [{ pattern: { kind: 'nm', scheme: 'matrix', m: 4 }, kept: 0.5 }, /give n/],
    [{ pattern: { kind: 'nm', scheme: 'matrix', m: 4 }, n: 5 }, /0 to 4 can be kept, not 5/],
    [{ pattern: { kind: 'nm', scheme: 'matrix', m: 4 }, n: 2, kpd: {} }, /fitted to blocks/],
  ])('refuses %j', async (more, message) => {
    await expect(ask(more)).rejects.toThrow(UsageError);
    await expect(ask(more)).rejects.toThrow(message);
  });
});

describe('the Kronecker form', () => {
  const selection = (kept: number, tensor = 'sum') => ({
    tensor,
    pattern: blocks([3, 4]),
    kept,
  });

  it('finds a sum of two terms again, with its mask', async () => {
    const fit = await patternKpd({ path: await sample(), selection: selection(13), rank: 2 });
    expect(fit).toMatchObject({ rank: 2, blocks: 13, parameters: 50, block: [3, 4] });
    expect(fit.relativeError).toBeLessThan(1e-6);
    const dropped = [0, 3, 6, 9, 12, 15, 18];
    expect(setBits(new Uint8Array(fit.mask), 20)).toEqual(
      [...Array(20).keys()].filter((block) => !dropped.includes(block)),
    );
    // 50 values of four bytes, a mask of twenty bits.
    expect(fit.bytes).toBe(203);
    // B first: per term every column of blocks through B, then each kept block: 5 * 12 + 13 * 3;
    // A first: 13 * 4 + 4 * 12, one more.
    expect(fit.macs).toBe(198);
    // Plain pruning has four blocks for 50 parameters.
    expect(fit.pruned.blocks).toBe(4);
    expect(fit.pruned.relativeError).toBeGreaterThan(fit.relativeError);
  });

  it('takes without a rank the largest that is no larger than BSR', async () => {
    const path = await sample();
    const fit = await patternKpd({ path, selection: selection(10, 'fc') });
    const { bytes } = await ask({ kept: 10 / 36, pattern: blocks([3, 4]), kpd: {} });
    expect(bytes.kpd).toBe(fit.bytes);
    expect(fit.bytes).toBeLessThanOrEqual(bytes.bsr ?? 0);
    const next = await patternKpd({ path, selection: selection(10, 'fc'), rank: fit.rank + 1 });
    expect(next.rank === fit.rank || next.bytes > (bytes.bsr ?? 0)).toBe(true);
    expect(next.relativeError).toBeLessThanOrEqual(fit.relativeError + 1e-12);
  });

  it('comes with a pattern when it is asked for, without its mask', async () => {
    const result = await ask({
      tensor: 'sum',
      pattern: blocks([3, 4]),
      kept: 0.65,
      kpd: { rank: 2 },
    });
    const fit = await patternKpd({ path: await sample(), selection: selection(13), rank: 2 });
    const { mask, ...rest } = fit;
    expect(mask.byteLength).toBe(3);
    expect(result.kpd).toEqual(rest);
    expect(result.macs.kpd).toBe(fit.macs);
  });

  it('keeps nothing where nothing is to be kept', async () => {
    const fit = await patternKpd({ path: await sample(), selection: selection(0) });
    expect(fit).toMatchObject({ blocks: 0, relativeError: 1, parameters: 0 });
    expect(setBits(new Uint8Array(fit.mask), 20)).toEqual([]);
  });

  it.each([-1, 21, 1.5])('is refused for %s of 20 blocks', async (kept) => {
    const refused = patternKpd({ path: await sample(), selection: selection(kept) });
    await expect(refused).rejects.toThrow(/Of 20 blocks 0 to 20 can be kept/);
  });

  it('is refused for N:M', async () => {
    const refused = patternKpd({
      path: await sample(),
      selection: { tensor: 'fc', pattern: { kind: 'nm', scheme: 'matrix', m: 4 }, kept: 2 },
    });
    await expect(refused).rejects.toThrow(/fitted to blocks/);
  });
});
