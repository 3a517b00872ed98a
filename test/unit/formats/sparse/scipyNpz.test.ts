import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { FormatError, UnsupportedError } from '../../../../src/failures';
import { toDense } from '../../../../src/engine/sparse/sparseTensor';
import { encode } from '../../../../src/formats/tensorData';
import { npyBytes } from '../support';
import { read } from './support';

const folder = join(import.meta.dirname, '../../../fixtures/sparse');
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<
  string,
  number[][] | number[][][]
>;

type Member = readonly [name: string, header: string, data: Uint8Array];

function integers(name: string, values: readonly number[], shape = `${values.length},`): Member {
  return [
    name,
    `{'descr': '<i8', 'fortran_order': False, 'shape': (${shape})}`,
    encode(Float64Array.from(values), 'int64'),
  ];
}

function doubles(name: string, values: readonly number[], shape = `${values.length},`): Member {
  return [
    name,
    `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape})}`,
    encode(Float64Array.from(values), 'float64'),
  ];
}

function layout(text: string): Member {
  return [
    'format',
    `{'descr': '|S${text.length}', 'fortran_order': False, 'shape': ()}`,
    Buffer.from(text),
  ];
}

async function archive(...members: readonly Member[]): Promise<Uint8Array> {
  const zip = new ZipFile();
  for (const [name, header, data] of members) {
    zip.addBuffer(Buffer.from(npyBytes(header, data)), `${name}.npy`);
  }
  zip.end();
  const parts: Uint8Array[] = [];
  for await (const chunk of zip.outputStream as AsyncIterable<Uint8Array>) {
    parts.push(chunk);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** A 2 x 3 matrix in CSR with these arrays. */
function csr(indptr: readonly number[], indices: readonly number[], data: readonly number[]) {
  return archive(
    integers('indices', indices),
    integers('indptr', indptr),
    layout('csr'),
    integers('shape', [2, 3]),
    doubles('data', data),
  );
}

describe('archives of scipy.sparse.save_npz', () => {
  it.each(Object.keys(expected))('are read as SciPy wrote them: %s', async (name) => {
    const { tensor, format, duplicates } = await read(
      readFileSync(join(folder, `${name}.npz`)),
      `${name}.npz`,
    );
    expect([...toDense(tensor).data]).toEqual(expected[name].flat(2));
    expect([format, duplicates]).toEqual(['scipy', 0]);
  });

  it('may have unsorted and double entries, explicit zeros, and room behind the last entry', async () => {
    const { tensor, stored, duplicates, zeros } = await read(
      await csr([0, 3, 4], [2, 0, 2, 1, 77], [1, 2, 3, 0, 9]),
      'a.npz',
    );
    expect([...toDense(tensor).data]).toEqual([2, 0, 4, 0, 0, 0]);
    expect({ stored, duplicates, zeros }).toEqual({ stored: 4, duplicates: 1, zeros: 1 });
  });

  it.each([
    ['an index beyond the columns', () => csr([0, 1, 1], [3], [1]), 'index 3 at entry 1'],
    ['a negative index', () => csr([0, 1, 1], [-1], [1]), 'index -1 at entry 1'],
    ['pointers that fall', () => csr([0, 2, 1], [0, 1], [1, 1]), 'pointer 1 after 2'],
    ['pointers that begin late', () => csr([1, 1, 1], [0], [1]), 'pointer 1 after 0'],
    ['pointers beyond the entries', () => csr([0, 1, 9], [0], [1]), 'pointers speak of 9'],
    ['too few pointers', () => csr([0, 1], [0], [1]), '2 numbers in "indptr", where 3'],
    ['NaN', () => csr([0, 1, 1], [0], [NaN]), 'Entry 1 is NaN'],
    [
      'arrays of unequal length',
      () =>
        archive(
          integers('row', [0, 1]),
          integers('col', [0]),
          layout('coo'),
          integers('shape', [2, 2]),
          doubles('data', [1]),
        ),
      '2 numbers in "row", where 1',
    ],
    [
      'blocks that do not divide',
      () =>
        archive(
          integers('indices', [0]),
          integers('indptr', [0, 1]),
          layout('bsr'),
          integers('shape', [2, 3]),
          doubles('data', [1, 2, 3, 4], '1, 2, 2'),
        ),
      'do not divide 2 × 3',
    ],
    [
      'a missing array',
      () => archive(layout('csr'), integers('shape', [2, 2]), doubles('data', [1])),
      'has no array "indptr"',
    ],
    [
      'sizes of nothing',
      () => archive(layout('csr'), integers('shape', [0, 2]), doubles('data', [1])),
      'sizes 0 × 2',
    ],
  ])('are refused with %s', async (_, make, message) => {
    const failure = read(await make(), 'a.npz');
    await expect(failure).rejects.toThrow(FormatError);
    await expect(failure).rejects.toThrow(message);
  });

  it('are refused in layouts unknown, with too many columns, or with complex values', async () => {
    const unknown = await archive(layout('lil'), integers('shape', [2, 2]), doubles('data', [1]));
    await expect(read(unknown, 'a.npz')).rejects.toThrow('as "lil", which is not known');
    const large = await archive(
      layout('csr'),
      integers('shape', [2, 2 ** 33]),
      doubles('data', []),
    );
    await expect(read(large, 'a.npz')).rejects.toThrow(UnsupportedError);
    const complex: Member = [
      'data',
      "{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}",
      new Uint8Array(16),
    ];
    const imaginary = await archive(
      integers('row', [0]),
      integers('col', [0]),
      layout('coo'),
      integers('shape', [2, 2]),
      complex,
    );
    await expect(read(imaginary, 'a.npz')).rejects.toThrow('complex numbers');
  });
});
