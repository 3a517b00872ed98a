import { describe, expect, it } from 'vitest';
import { patternInfo } from '../../../../src/engine/patterns/patternInfo';
import { UnsupportedError, UsageError } from '../../../../src/failures';
import { noise, useFolder, writeWeights } from '../../../support/pressing';

const at = useFolder();

async function sample(): Promise<string> {
  return writeWeights(at('net.safetensors'), [
    { name: 'conv', shape: [8, 6, 3, 3], values: noise(1, [8, 6, 3, 3]) },
    { name: 'fc', shape: [8, 256], values: noise(2, [8, 256]), dtype: 'float16' },
    { name: 'nan', shape: [10, 7], values: new Float32Array(70).fill(NaN) },
    { name: 'bias', shape: [8], values: noise(3, [8]) },
  ]);
}

describe('what patterns a tensor can have', () => {
  it('is told for every matrix that a convolution is', async () => {
    const info = await patternInfo({ path: await sample(), tensor: 'conv' });
    expect(info).toMatchObject({ tensor: 'conv', shape: [8, 6, 3, 3], dtype: 'float32' });
    const forms = info.matrices.map(({ scheme, rows, columns, nm }) => [scheme, rows, columns, nm]);
    expect(forms).toEqual([
      ['channel-out', 8, 54, [2]],
      ['channel-in', 72, 6, [2]],
      ['spatial', 18, 24, [2, 4, 8]],
    ]);
    // Blocks of whole input channels.
    expect(info.matrices[0].blocks).toContainEqual({
      block: [4, 9],
      grid: [2, 6],
      padding: [0, 0],
    });
    for (const { rows, columns, blocks } of info.matrices) {
      expect(blocks.length).toBeGreaterThan(0);
      for (const { block, grid, padding } of blocks) {
        expect(grid[0] * block[0] - padding[0]).toBe(rows);
        expect(grid[1] * block[1] - padding[1]).toBe(columns);
      }
    }
  });

  it('has the best Kronecker blocks for three ranks', async () => {
    const { matrices } = await patternInfo({ path: await sample(), tensor: 'fc' });
    expect(matrices).toHaveLength(1);
    expect(matrices[0].best.map(({ rank }) => rank)).toEqual([1, 2, 4]);
    expect(matrices[0].best[0]).toMatchObject({ parameters: 128, ties: 4 });
  });

  it('is told from the header: values that cannot be used are found out later', async () => {
    const { matrices } = await patternInfo({ path: await sample(), tensor: 'nan' });
    expect(matrices[0]).toMatchObject({ scheme: 'matrix', rows: 10, columns: 7, nm: [] });
  });

  it('is refused where there is none', async () => {
    const path = await sample();
    await expect(patternInfo({ path, tensor: 'bias' })).rejects.toThrow(UnsupportedError);
    await expect(patternInfo({ path, tensor: 'bias' })).rejects.toThrow('1-D tensor');
    await expect(patternInfo({ path, tensor: 'no' })).rejects.toThrow(UsageError);
  });
});
