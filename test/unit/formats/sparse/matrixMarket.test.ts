import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FormatError, UnsupportedError } from '../../../../src/failures';
import { squaredNorm, sparseTensor, toDense } from '../../../../src/engine/sparse/sparseTensor';
import { matrixMarketFormat } from '../../../../src/formats/sparse/matrixMarket';
import { sharedPath } from '../../../support/shared';
import { memorySink, seededRandom } from '../support';
import { elements, mtx, read } from './support';

const general = mtx(
  'real general',
  '% a comment',
  '',
  '3 2 4',
  '3 1 -2.5e-1',
  '1 2 4',
  '1 1 1',
  '2 2 7.',
);

describe('MatrixMarket files', () => {
  it('are read with their entries in order, however they are written', async () => {
    const { tensor, stored, notes, format, size } = await read(general, 'a.mtx');
    expect([...toDense(tensor).data]).toEqual([1, 4, 0, 7, -0.25, 0]);
    expect({ stored, notes, format, size }).toEqual({
      stored: 4,
      notes: [],
      format: 'mtx',
      size: general.length,
    });
    expect(await elements(general, 'a.mtx.gz')).toEqual([1, 4, 0, 7, -0.25, 0]);
    const windows = general.replaceAll('\n', '\r\n').replaceAll(' ', ' \t ');
    expect(await elements(windows, 'a.mtx')).toEqual([1, 4, 0, 7, -0.25, 0]);
    const shouted = general.replace(
      'matrix coordinate real general',
      'MATRIX Coordinate REAL General',
    );
    expect(await elements(shouted.trimEnd(), 'a.dat')).toEqual([1, 4, 0, 7, -0.25, 0]);
  });

  it('have values that are doubles to the last bit, in every notation', async () => {
    const texts = [
      ...['1', '-1', '+3', '0.1', '.5', '5.', '1e22', '1e23', '1.7976931348623157e308', '5e-324'],
      ...['123456789012345', '1234567890123456789', '9007199254740993', '0.30000000000000004'],
      ...['1E-5', '2.5e+3', '00012.50', '3.14159265358979323846', '1e-400', '123e-22', '1e-22'],
      ...['0.000000000000000000000000000001234', '4.35', '-2.2250738585072014e-308'],
    ];
    const lines = texts.map((text, i) => `1 ${i + 1} ${text}`);
    const content = mtx('real general', `1 ${texts.length} ${texts.length}`, ...lines);
    expect(await elements(content, 'a.mtx')).toEqual(texts.map(Number));
    const random = seededRandom(1);
    const digits = Array.from({ length: 3000 }, (_, i) =>
      ((random() - 0.5) * 10 ** (i % 40)).toPrecision(1 + (i % 19)),
    );
    const many = digits.map((text, i) => `${i + 1} 1 ${text}`).join('\n');
    expect(await elements(mtx('real general', '3000 1 3000', many), 'a.mtx')).toEqual(
      digits.map(Number),
    );
    const fortran = mtx(
      'double general',
      '1 3 3',
      '1 1 1.5D+02',
      '1 2 -2d-1',
      '1 3 0.1234567890123456789D0',
    );
    expect(await elements(fortran, 'a.mtx')).toEqual([150, -0.2, Number('0.1234567890123456789')]);
  });

  it('of integers and patterns are read as numbers, the latter as ones', async () => {
    expect(await elements(mtx('integer general', '2 2 1', '2 1 -3'), 'a.mtx')).toEqual([
      0, 0, -3, 0,
    ]);
    const { tensor, notes } = await read(mtx('pattern general', '2 2 2', '2 1', '1 2'), 'a.mtx');
    expect([...toDense(tensor).data]).toEqual([0, 1, 1, 0]);
    expect(notes).toEqual(['A pattern without values: every entry is 1.']);
  });

  it('of one triangle are filled in', async () => {
    const lower = ['3 3 3', '1 1 5', '3 1 2', '3 2 -1'];
    const whole = [5, 0, 2, 0, 0, -1, 2, -1, 0];
    const { tensor, stored, duplicates, notes } = await read(
      mtx('real symmetric', ...lower),
      'a.mtx',
    );
    expect([...toDense(tensor).data]).toEqual(whole);
    expect([stored, duplicates]).toEqual([3, 0]);
    expect(notes.join()).toContain('one triangle (symmetric)');
    const upper = ['3 3 3', '1 1 5', '1 3 2', '2 3 -1'];
    expect(await elements(mtx('real symmetric', ...upper), 'a.mtx')).toEqual(whole);
    const skew = mtx('integer skew-symmetric', '3 3 2', '2 1 4', '3 2 6');
    expect(await elements(skew, 'a.mtx')).toEqual([0, -4, 0, 4, 0, -6, 0, 6, 0]);
    const pattern = mtx('pattern symmetric', '2 2 2', '1 1', '2 1');
    expect(await elements(pattern, 'a.mtx')).toEqual([1, 1, 1, 0]);
  });

  it('have duplicates added up and zeros left out, and both counted', async () => {
    const lines = ['2 2 6', '1 1 1', '2 2 0', '1 1 2', '2 1 3', '2 1 -3', '1 2 9'];
    const { tensor, stored, duplicates, zeros } = await read(
      mtx('real general', ...lines),
      'a.mtx',
    );
    expect([...toDense(tensor).data]).toEqual([3, 9, 0, 0]);
    expect({ stored, duplicates, zeros }).toEqual({ stored: 6, duplicates: 2, zeros: 2 });
    expect(stored).toBe(tensor.values.length + duplicates + zeros);
  });

  it('may have 2^31 columns, empty rows, and no entries', async () => {
    const wide = mtx('integer general', '3 2147483648 2', '3 2147483648 1', '3 1 2');
    const { tensor } = await read(wide, 'a.mtx');
    expect([...tensor.indices[1]]).toEqual([0, 2147483647]);
    expect([...tensor.indices[0]]).toEqual([2, 2]);
    expect((await read(mtx('real general', '5 6 0'), 'a.mtx')).tensor.values.length).toBe(0);
    expect(
      (await read(mtx('real general', '4294967296 1 1', '4294967296 1 1'), 'a.mtx')).tensor.dims,
    ).toEqual([4294967296, 1]);
  });

  it('are the same whether a line ends within a piece or between two', async () => {
    const count = 150_000;
    const lines = Array.from(
      { length: count },
      (_, e) => `${e + 1} ${((e * 7919) % 1000) + 1} ${e % 10}.${e}`,
    );
    const content = mtx('real general', `${count} 1000 ${count}`, lines.join('\n'));
    expect(content.length).toBeGreaterThan(2 ** 21);
    for (const name of ['a.mtx', 'a.mtx.gz']) {
      const { tensor, zeros } = await read(content, name);
      expect(zeros).toBe(1);
      const wrong = tensor.values.findIndex(
        (value, e) => value !== Number(`${(e + 1) % 10}.${e + 1}`),
      );
      expect(wrong).toBe(-1);
      expect(tensor.indices[1].findIndex((column, e) => column !== ((e + 1) * 7919) % 1000)).toBe(
        -1,
      );
    }
  });

  it.each([
    [
      'an entry too few',
      mtx('real general', '2 2 3', '1 1 1', '2 2 1'),
      'states 3 entries but has 2',
    ],
    [
      'an entry too many',
      mtx('real general', '2 2 1', '1 1 1', '2 2 1'),
      'line 4 is one entry more than the 1',
    ],
    [
      'a row beyond',
      mtx('real general', '2 2 1', '3 1 1'),
      'line 3 has the index 3 in mode 1, beyond the 2',
    ],
    [
      'a column beyond',
      mtx('real general', '2 2 1', '% c', '1 3 1'),
      'line 4 has the index 3 in mode 2',
    ],
    [
      'an index beyond any number',
      mtx('real general', '2 2 1', `${'9'.repeat(400)} 1 1`),
      'in mode 1',
    ],
    ['the index 0', mtx('real general', '2 2 1', '0 1 1'), 'index 0; indices are counted from 1'],
    [
      'a negative index',
      mtx('real general', '2 2 1', '-1 1 1'),
      'index -1; indices are counted from 1',
    ],
    ['half an index', mtx('real general', '2 2 1', '1.5 1 1'), 'has "1.5" for its index 1'],
    ['a word for an index', mtx('real general', '2 2 1', '1 x 1'), 'has "x" for its index 2'],
    ['a word for a value', mtx('real general', '2 2 1', '1 1 one'), 'has "one" for its value'],
    ['half an exponent', mtx('real general', '2 2 1', '1 1 1e'), 'has "1e" for its value'],
    ['a sign alone', mtx('real general', '2 2 1', '1 1 -'), 'has "-" for its value'],
    [
      'NaN',
      mtx('real general', '2 2 2', '1 1 1', '1 2 NaN'),
      'line 4 has the value NaN; only finite',
    ],
    [
      'infinity',
      mtx('real general', '2 2 1', '1 2 -Inf'),
      'line 3 has the value -Inf; only finite',
    ],
    [
      'a value too large',
      mtx('real general', '2 2 1', '1 2 1e999'),
      'value 1e999, which is too large',
    ],
    [
      'a missing value',
      mtx('real general', '2 2 2', '1 2', '1 1 1'),
      'line 3 has "1 2" instead of 2 indices and a value',
    ],
    [
      'a field too many',
      mtx('real general', '2 2 1', '1 2 3 4'),
      'more than the 3 fields of an entry: "1 2 3 4"',
    ],
    [
      'values in a pattern',
      mtx('pattern general', '2 2 1', '1 2 3'),
      'more than the 2 fields of an entry',
    ],
    [
      'an end within an entry',
      mtx('real general', '2 2 1', '1 2').trimEnd(),
      'line 3 ends in the middle of an entry',
    ],
    [
      'an end before the sizes',
      mtx('real general', '% only this'),
      'ends before the line with its numbers',
    ],
    ['two sizes', mtx('real general', '2 2', '1 1 1'), 'line 2 should have the numbers of rows'],
    ['sizes of nothing', mtx('real general', '0 2 0'), 'sizes 0 × 2'],
    ['negative sizes', mtx('real general', '-2 2 0'), 'line 2 should have the numbers'],
    ['no banner', '2 2 1\n1 1 1\n', 'does not begin with "%%MatrixMarket"'],
    [
      'symmetry of an oblong',
      mtx('real symmetric', '2 3 1', '2 1 1'),
      'symmetric but has 2 rows and 3 columns',
    ],
    [
      'both triangles',
      mtx('real symmetric', '2 2 2', '2 1 1', '1 2 1'),
      'on both sides of the diagonal',
    ],
    ['a skew diagonal', mtx('real skew-symmetric', '2 2 1', '2 2 1'), '1 entries on its diagonal'],
    [
      'duplicates that overflow',
      mtx('real general', '1 1 2', '1 1 1e308', '1 1 1e308'),
      'add up to Infinity',
    ],
    [
      'binary behind the header',
      mtx('real general', '2 2 1', '\x00\x01\xff'),
      'line 3 has "\ufffd\ufffdÿ" for its index 1',
    ],
    [
      'a line without an end',
      mtx('real general', `2 2 1`, `1 1 ${'1'.repeat(2 ** 21)}`),
      'more than 1048576 bytes',
    ],
  ])('are refused with %s', async (_, content, message) => {
    const failure = read(content, 'a.mtx');
    await expect(failure).rejects.toThrow(FormatError);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow('"a.mtx"');
  });

  it.each([
    ['complex numbers', mtx('complex general', '1 1 1', '1 1 1 0'), 'complex numbers'],
    ['hermitian', mtx('real hermitian', '1 1 1', '1 1 1'), 'is hermitian'],
    ['dense', '%%MatrixMarket matrix array real general\n1 1\n1\n', 'is a dense matrix ("array")'],
    ['vectors', '%%MatrixMarket vector coordinate real general\n1 1\n', 'holds a "vector"'],
    ['an unknown field', mtx('quaternion general', '1 1 0'), 'type "quaternion"'],
    ['an unknown symmetry', mtx('real odd', '1 1 0'), 'symmetry "odd"'],
    ['a banner cut short', '%%MatrixMarket matrix\n', 'format ""'],
    ['more than 2^32 rows', mtx('real general', '4294967297 1 0'), 'more than the 4294967296'],
  ])('say what they are when it is not read: %s', async (_, content, message) => {
    const failure = read(content, 'a.mtx');
    await expect(failure).rejects.toThrow(UnsupportedError);
    await expect(failure).rejects.toThrow(message);
  });

  it('do not make room for as many entries as they claim', async () => {
    const content = mtx('real general', '9 9 999999999999999', '1 1 1');
    await expect(read(content, 'a.mtx')).rejects.toThrow(
      'states 999999999999999 entries but has 1',
    );
  });

  it('are written so that they read back bit by bit', async () => {
    const values = Float64Array.of(0.1, -1e-300, 1 / 3, Number('12345678901234567890'), 5e-324);
    const indices = [Uint32Array.of(0, 0, 1, 3, 3), Uint32Array.of(0, 4, 2, 1, 3)];
    const X = sparseTensor([5, 6], indices, values);
    const sink = memorySink();
    await matrixMarketFormat.write?.(sink, X);
    const text = Buffer.from(sink.bytes()).toString();
    expect(text.split('\n').slice(0, 3)).toEqual([
      '%%MatrixMarket matrix coordinate real general',
      '5 6 5',
      '1 1 0.1',
    ]);
    expect((await read(text, 'b.mtx')).tensor).toEqual(X);
    const cube = sparseTensor(
      [1, 1, 1],
      [0, 0, 0].map(() => new Uint32Array()),
      new Float64Array(),
    );
    await expect(matrixMarketFormat.write?.(sink, cube)).rejects.toThrow('write a .tns file');
  });

  const email = sharedPath('data/sparse/email.mtx.gz');
  it.skipIf(email === undefined)('of the email data are what a plain reading gives', async () => {
    const bytes = readFileSync(email ?? '');
    const { tensor, duplicates, zeros } = await read(gunzipSync(bytes), 'email.mtx');
    const lines = gunzipSync(bytes).toString().trim().split('\n').slice(3);
    const places = lines.map((line) => line.split(' ').map(Number));
    const expected = places.map(([i, j]) => (i - 1) * 25919 + (j - 1)).sort((a, b) => a - b);
    expect(tensor.dims).toEqual([1005, 25919]);
    expect([duplicates, zeros, squaredNorm(tensor)]).toEqual([0, 0, 92159]);
    expect(
      expected.findIndex((at, e) => at !== tensor.indices[0][e] * 25919 + tensor.indices[1][e]),
    ).toBe(-1);
  });
});
