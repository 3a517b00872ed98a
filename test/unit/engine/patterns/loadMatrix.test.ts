import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { unattended } from '../../../../src/engine/job';
import { forgetMatrix, heldBytes, loadMatrix } from '../../../../src/engine/patterns/loadMatrix';
import { OutOfMemoryError, UnsupportedError, UsageError } from '../../../../src/failures';
import type { DType } from '../../../../src/engine/tensor/dtype';
import { noise, useFolder, writeWeights } from '../../../support/pressing';
import { matrixOf, singles } from './support';

const at = useFolder();
beforeEach(forgetMatrix);

async function sample(): Promise<string> {
  return writeWeights(at('net.safetensors'), [
    { name: 'conv', shape: [4, 3, 2, 5], values: singles(1, [4, 3, 2, 5]) },
    { name: 'fc', shape: [6, 7], values: singles(2, [6, 7]) },
    { name: 'fine', shape: [3, 5], values: noise(3, [3, 5]), dtype: 'float64' },
    { name: 'bias', shape: [6], values: noise(4, [6]) },
    { name: 'index', shape: [2, 2], values: [1, 2, 3, 4], dtype: 'int32' },
    { name: 'nan', shape: [2, 2], values: [1, NaN, Infinity, 4] },
    { name: 'empty', shape: [0, 4], values: [] },
    {
      name: 'odd',
      shape: [1, 2],
      values: [],
      raw: { dtype: 'F8_E4M3', bytes: Uint8Array.of(1, 2) },
    },
  ]);
}

describe('a tensor read as a matrix', () => {
  it.each(['channel-out', 'channel-in', 'spatial'] as const)(
    'has its values where the scheme %s says',
    async (scheme) => {
      const values = singles(1, [4, 3, 2, 5]);
      const { matrix, form } = await loadMatrix({ path: await sample(), tensor: 'conv', scheme });
      const expected = matrixOf([4, 3, 2, 5], values, scheme);
      expect([matrix.rows, matrix.columns]).toEqual([expected.length, expected[0].length]);
      expect([form.rows, form.columns]).toEqual([matrix.rows, matrix.columns]);
      expect(Array.from(matrix.data)).toEqual(expected.flat());
    },
  );

  it.each<[DType, typeof Float32Array | typeof Float64Array]>([
    ['float64', Float64Array],
    ['float32', Float32Array],
    ['float16', Float32Array],
    ['bfloat16', Float32Array],
  ])('of %s is held in %o, exactly', async (dtype, expected) => {
    const values = [1, -0.5, 0.25, 3, 0, 1.5];
    const path = await writeWeights(at('t.safetensors'), [
      // In front, so that the values do not begin where a typed array of them could.
      { name: 'a', shape: [1], values: [1], dtype: 'uint8' },
      { name: 'w', shape: [2, 3], values, dtype },
    ]);
    const { matrix, norm } = await loadMatrix({ path, tensor: 'w', scheme: 'matrix' });
    expect(matrix.data).toBeInstanceOf(expected);
    expect(Array.from(matrix.data)).toEqual(values);
    expect(norm).toBeCloseTo(Math.hypot(...values), 12);
  });

  it.each(['npy', 'npz'])('comes from a .%s as well', async (format) => {
    const values = singles(5, [3, 4]);
    const path = await writeWeights(at(`w.${format}`), [{ name: 'w', shape: [3, 4], values }]);
    const { matrix } = await loadMatrix({ path, tensor: 'w', scheme: 'matrix' });
    expect(Array.from(matrix.data)).toEqual(Array.from(values));
  });
});

describe('a matrix in memory', () => {
  it('is used again as long as the file has not changed, and then read anew', async () => {
    const path = await sample();
    const ask = () => loadMatrix({ path, tensor: 'fc', scheme: 'matrix' });
    const first = await ask();
    expect(await ask()).toBe(first);
    const bytes = await readFile(path);
    const { atime, mtime } = await stat(path);
    await writeFile(path, bytes);
    await utimes(path, atime, new Date(mtime.getTime() + 2000));
    const again = await ask();
    expect(again).not.toBe(first);
    expect(again.matrix).toEqual(first.matrix);
  });

  it('makes room for another tensor, and for another scheme of the same', async () => {
    const path = await sample();
    const conv = await loadMatrix({ path, tensor: 'conv', scheme: 'channel-out' });
    expect(heldBytes()).toBe(4 * 120);
    const other = await loadMatrix({ path, tensor: 'conv', scheme: 'channel-in' });
    expect(other.matrix.rows).toBe(40);
    await loadMatrix({ path, tensor: 'fc', scheme: 'matrix' });
    expect(heldBytes()).toBe(4 * 42);
    expect(await loadMatrix({ path, tensor: 'conv', scheme: 'channel-out' })).not.toBe(conv);
  });

  it('is refused when it does not fit the memory limit, and nothing is held then', async () => {
    const path = await sample();
    const tight = { ...unattended, memoryLimit: 400 };
    const refused = loadMatrix({ path, tensor: 'conv', scheme: 'channel-out' }, tight);
    await expect(refused).rejects.toThrow(OutOfMemoryError);
    await expect(refused).rejects.toThrow('tensorpress.memoryLimit');
    expect(heldBytes()).toBe(0);
    const fits = await loadMatrix({ path, tensor: 'fc', scheme: 'matrix' }, tight);
    expect(fits.matrix.rows).toBe(6);
  });
});

describe('a tensor without a pattern is refused, saying why:', () => {
  it.each([
    ['bias', '1-D tensor'],
    ['index', 'int32 values have no blocks to drop'],
    ['nan', '2 of its values are NaN or infinite'],
    ['empty', 'it is empty'],
    ['odd', 'its type F8_E4M3 cannot be read'],
  ])('%s: %s', async (tensor, reason) => {
    const refused = loadMatrix({ path: await sample(), tensor, scheme: 'matrix' });
    await expect(refused).rejects.toThrow(UnsupportedError);
    await expect(refused).rejects.toThrow(
      `"net.safetensors": tensor "${tensor}" cannot be shown: ${reason}.`,
    );
  });

  it('one that is not there, and a scheme that it has not', async () => {
    const path = await sample();
    const missing = loadMatrix({ path, tensor: 'no', scheme: 'matrix' });
    await expect(missing).rejects.toThrow(UsageError);
    const scheme = loadMatrix({ path, tensor: 'fc', scheme: 'spatial' });
    await expect(scheme).rejects.toThrow(/"spatial" does not fit/);
  });
});
