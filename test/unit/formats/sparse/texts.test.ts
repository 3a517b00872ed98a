import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../../src/failures';
import { sparseTensor, squaredNorm, toDense } from '../../../../src/engine/sparse/sparseTensor';
import { frosttFormat } from '../../../../src/formats/sparse/frostt';
import { sharedPath } from '../../../support/shared';
import { memorySink } from '../support';
import { read } from './support';

describe('FROSTT files', () => {
  const text = '# a comment\n2 1 3 1.5\n1 1 1 -2\n\n2 2 1 3\n';
  const data = [-2, 0, 0, 0, 0, 0, 0, 0, 1.5, 3, 0, 0];

  it.each(['a.tns', 'a.tns.gz', 'a.txt'])(
    'have as many modes as their lines have indices: %s',
    async (name) => {
      const { tensor, stored, notes } = await read(text, name);
      expect(tensor.dims).toEqual([2, 2, 3]);
      expect([...toDense(tensor).data]).toEqual(data);
      expect(stored).toBe(3);
      expect(notes.join()).toContain('does not say its sizes');
    },
  );

  it('may say their sizes, as a comment or in two lines', async () => {
    const comment = await read(`# sizes: 4 2 3\n${text}`, 'a.tns');
    expect([comment.tensor.dims, comment.notes]).toEqual([[4, 2, 3], []]);
    const lines = await read(`3\n4 2 3\n${text}`, 'a.tns');
    expect(lines.tensor).toEqual(comment.tensor);
    expect((await read('# sizes: 4 2\n', 'a.tns')).tensor.values.length).toBe(0);
  });

  it('may be vectors, and have indices up to 2^32', async () => {
    const { tensor } = await read('4294967296 1\n1 2', 'a.tns');
    expect(tensor.dims).toEqual([4294967296]);
    expect([...tensor.indices[0], ...tensor.values]).toEqual([0, 4294967295, 2, 1]);
  });

  it.each([
    ['the index 0', '1 1 1\n1 0 1\n', 'line 2 has the index 0; indices are counted from 1'],
    ['an index beyond 2^32', '4294967297 1\n', 'beyond the 4294967296 indices that can be read'],
    [
      'another number of fields',
      '1 1 1 1\n1 1 1\n',
      'line 2 has "1 1 1" instead of 3 indices and a value',
    ],
    ['more fields', '1 1 1\n1 1 1 1\n', 'line 2 has more than the 3 fields'],
    ['an end within an entry', '1 1 1 1\n1 1', 'line 2 ends in the middle of an entry'],
    ['an end within the first entry', '# sizes: 2 2\n1 1', 'line 2 ends in the middle of an entry'],
    [
      'an entry outside the sizes',
      '# sizes: 2 2\n3 1 1\n',
      'line 2 has the index 3 in mode 1, beyond the 2',
    ],
    ['sizes that do not fit', '3\n4 2\n1 1 1\n', 'line 2 should have the sizes of 3 modes'],
    ['no entries', '# nothing\n', 'has no entries'],
    ['NaN', '# c\n1 1 nan\n', 'line 2 has the value nan; only finite'],
  ])('are refused with %s', async (_, content, message) => {
    const failure = read(content, 'a.tns');
    await expect(failure).rejects.toThrow(FormatError);
    await expect(failure).rejects.toThrow(message);
  });

  it('are written with their sizes, and read back bit by bit', async () => {
    const indices = [Uint32Array.of(0, 1), Uint32Array.of(2, 0), Uint32Array.of(1, 1)];
    const X = sparseTensor([4, 5, 3], indices, Float64Array.of(0.1, -1e22));
    const sink = memorySink();
    await frosttFormat.write?.(sink, X);
    const written = Buffer.from(sink.bytes()).toString();
    expect(written).toBe('# sizes: 4 5 3\n1 3 2 0.1\n2 1 2 -1e+22\n');
    expect((await read(written, 'b.tns')).tensor).toEqual(X);
  });
});

describe('texts of the NeuKron code', () => {
  it('are matrices with two sizes and tensors with their order before them', async () => {
    const matrix = await read('3, 2\n2, 0, 1.5\n0,1,2\n', 'a.txt');
    expect(matrix.format).toBe('neukron');
    expect([...toDense(matrix.tensor).data]).toEqual([0, 2, 0, 0, 1.5, 0]);
    const cube = await read('3, 2, 1, 2\n1, 0, 1, 4', 'a.txt.gz');
    expect(cube.tensor.dims).toEqual([2, 1, 2]);
    expect([...toDense(cube.tensor).data]).toEqual([0, 0, 0, 4]);
  });

  it.each([
    ['an index at the size', '3, 2\n3, 0, 1\n', 'line 2 has the index 3 in mode 1, beyond the 3'],
    ['a negative index', '3, 2\n0, -1, 1\n', 'index -1; indices are counted from 0'],
    ['a missing value', '3, 2\n0, 1\n', 'line 2 has "0, 1" instead of 2 indices and a value'],
    ['an end within an entry', '3, 2\n0, 1, 1\n1,', 'line 3 ends in the middle of an entry'],
    ['a field too many', '3, 2\n0, 1, 1, 1\n', 'more than the 3 fields'],
    ['sizes that are none', '0, 2\n', 'sizes 0 × 2'],
    [
      'an order that is not the number of sizes',
      '3, 2, 2\n0, 0, 1\n',
      'line 1 should be "rows, columns"',
    ],
  ])('are refused with %s', async (_, content, message) => {
    const failure = read(content, 'a.txt');
    await expect(failure).rejects.toThrow(FormatError);
    await expect(failure).rejects.toThrow(message);
  });

  const folder = sharedPath('data/sparse/neukron');
  it.skipIf(folder === undefined)('are read as published', async () => {
    const open = (name: string) => read(readFileSync(`${folder}/${name}`), name);
    const matrix = (await open('example_matrix.txt')).tensor;
    expect(matrix.dims).toEqual([100, 150]);
    expect([matrix.values.length, squaredNorm(matrix)]).toEqual([340, 433]);
    const cube = (await open('example_tensor.txt')).tensor;
    expect(cube.dims).toEqual([100, 150, 200]);
    expect(cube.values.length).toBe(45740);
  });
});
