import { describe, expect, it } from 'vitest';
import { jobFromSignal, unattended } from '../../../../src/engine/job';
import { thumbnails } from '../../../../src/engine/patterns/thumbnails';
import { CancelledError, UsageError } from '../../../../src/failures';
import type { DType } from '../../../../src/engine/tensor/dtype';
import type { Thumbnail } from '../../../../src/protocol/patterns';
import { noise, useFolder, writeWeights } from '../../../support/pressing';

const at = useFolder();

async function pictures(path: string, tensors: string[], size: number): Promise<Thumbnail[]> {
  const parts: Thumbnail[] = [];
  await thumbnails({ path, tensors, size }, unattended, (part) => parts.push(part));
  return parts;
}

describe('a thumbnail', () => {
  it.each<[readonly number[], number, readonly [number, number]]>([
    [[37, 3, 5, 7], 16, [13, 15]],
    [[5, 9], 16, [5, 9]],
    [[1000], 16, [1, 16]],
    [[], 16, [1, 1]],
    // Rows longer than what is decoded at a time.
    [[3, 300_001], 8, [3, 8]],
  ])('of shape %j has at most %i tiles a side, with their root mean squares', async (...args) => {
    const [shape, size, grid] = args;
    const values = noise(7, shape).map(Math.fround);
    const path = await writeWeights(at('t.safetensors'), [{ name: 'w', shape, values }]);
    const [picture] = await pictures(path, ['w'], size);
    expect([picture.rows, picture.columns]).toEqual(grid);
    const rows = shape.length < 2 ? 1 : shape[0];
    const columns = values.length / rows;
    const height = Math.ceil(rows / size);
    const width = Math.ceil(columns / size);
    const squares = new Map<number, number[]>();
    values.forEach((value, i) => {
      const tile =
        Math.floor(Math.floor(i / columns) / height) * grid[1] + Math.floor((i % columns) / width);
      const [sum, count] = squares.get(tile) ?? [0, 0];
      squares.set(tile, [sum + value * value, count + 1]);
    });
    const roots = [...squares]
      .sort((a, b) => a[0] - b[0])
      .map(([, [sum, count]]) => Math.sqrt(sum / count));
    const largest = Math.max(...roots);
    const expected = roots.map((root) => Math.round((255 * root) / largest));
    expect(Array.from(new Uint8Array(picture.values))).toEqual(expected);
  });

  it.each<DType>(['float64', 'float16', 'bfloat16', 'int8', 'int64', 'bool'])(
    'is drawn of %s as well',
    async (dtype) => {
      const values = Array.from({ length: 8 }, (_, i) => (i < 4 ? 1 : 0));
      const path = await writeWeights(at('t.safetensors'), [
        { name: 'w', shape: [4, 2], values, dtype },
      ]);
      const [picture] = await pictures(path, ['w'], 2);
      expect(Array.from(new Uint8Array(picture.values))).toEqual([255, 255, 0, 0]);
    },
  );

  it('of zeros is all dark', async () => {
    const path = await writeWeights(at('t.npy'), [
      { name: 't', shape: [2, 2], values: [0, 0, 0, 0] },
    ]);
    const [picture] = await pictures(path, ['t'], 4);
    expect(new Uint8Array(picture.values)).toEqual(new Uint8Array(4));
  });

  it('that cannot be drawn has a reason, and the others come all the same, in order', async () => {
    const path = await writeWeights(at('t.safetensors'), [
      { name: 'nan', shape: [2], values: [1, NaN] },
      {
        name: 'odd',
        shape: [2],
        values: [],
        raw: { dtype: 'F8_E4M3', bytes: Uint8Array.of(1, 2) },
      },
      { name: 'empty', shape: [0, 3], values: [] },
      { name: 'fine', shape: [1, 2], values: [3, 1] },
    ]);
    const [empty, nan, odd, fine] = await pictures(path, ['empty', 'nan', 'odd', 'fine'], 4);
    expect(empty).toMatchObject({ tensor: 'empty', rows: 0, columns: 0, reason: 'It is empty.' });
    expect(nan.reason).toContain('NaN');
    expect(odd.reason).toContain('F8_E4M3');
    expect(fine).toMatchObject({ tensor: 'fine', rows: 1, columns: 2 });
    expect(fine.reason).toBeUndefined();
    expect(Array.from(new Uint8Array(fine.values))).toEqual([255, 85]);
  });

  it('is not drawn of what does not fit the memory', async () => {
    const path = await writeWeights(at('t.npy'), [
      { name: 't', shape: [2, 2], values: [0, 0, 0, 0] },
    ]);
    const parts: Thumbnail[] = [];
    const tight = { ...unattended, memoryLimit: 15 };
    await thumbnails({ path, tensors: ['t'], size: 4 }, tight, (part) => parts.push(part));
    expect(parts[0].reason).toContain('memory limit');
  });

  it('is refused for a tensor that is not there, or no size', async () => {
    const path = await writeWeights(at('t.npy'), [{ name: 't', shape: [1], values: [1] }]);
    await expect(pictures(path, ['no'], 4)).rejects.toThrow(UsageError);
    await expect(pictures(path, ['t'], 0)).rejects.toThrow(/1 to 256/);
    const stopped = thumbnails(
      { path, tensors: ['t'], size: 4 },
      jobFromSignal(AbortSignal.abort()),
    );
    await expect(stopped).rejects.toThrow(CancelledError);
  });
});
