import { readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program';
import type { SparseInfo } from '../../../src/protocol/sparse';
import { forgetTrainings } from '../../../src/engine/sparse/calls/trainings';
import { inProcessEngine, useFolder, writeWeights } from '../../support/pressing';

const at = useFolder();

async function cli(
  ...args: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli(['sparse', ...args], {
    engine: inProcessEngine(),
    useThreads: () => {},
    useBackend: () => {},
    signal: new AbortController().signal,
    stdout: (text) => (out += text),
    stderr: (text) => (err += text),
    stdoutColumns: undefined,
    stderrColumns: undefined,
  });
  return { code, out, err };
}

async function json(...args: readonly string[]): Promise<SparseInfo & { file: string }> {
  const { code, out, err } = await cli('info', ...args, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as SparseInfo & { file: string };
}

/** 4 x 3 with a row and a column of zeros. */
const text = `%%MatrixMarket matrix coordinate real general
4 3 7
1 1 2
1 3 -1
3 1 3
3 1 1
4 1 1
4 3 0
2 1 0
`;

async function sample(name = 'small.mtx.gz'): Promise<string> {
  await writeFile(at(name), name.endsWith('.gz') ? gzipSync(text) : text);
  return at(name);
}

const number = { type: 'number' };
const integer = { type: 'integer' };

/** What docs/cli.md promises. */
const schema = {
  type: 'object',
  additionalProperties: false,
  required: [
    ...['file', 'name', 'format', 'size', 'dims', 'nonzeros', 'density', 'squaredNorm'],
    ...['negative', 'stored', 'duplicates', 'zeros', 'modes', 'bytes', 'notes'],
  ],
  properties: {
    file: { type: 'string' },
    name: { type: 'string' },
    format: { enum: ['mtx', 'tns', 'scipy', 'neukron', 'safetensors', 'npz', 'npy'] },
    size: integer,
    dims: { type: 'array', items: integer },
    ...{ nonzeros: integer, density: number, squaredNorm: number, min: number, max: number },
    ...{ negative: integer, stored: integer, duplicates: integer, zeros: integer },
    modes: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['size', 'empty', 'degrees'],
        properties: {
          size: integer,
          empty: integer,
          degrees: {
            type: 'object',
            additionalProperties: false,
            required: ['min', 'median', 'mean', 'max'],
            properties: { min: integer, median: number, mean: number, max: integer },
          },
        },
      },
    },
    bytes: {
      type: 'object',
      additionalProperties: false,
      required: ['raw', 'dense', 'orders'],
      properties: { raw: integer, dense: integer, orders: integer },
    },
    notes: { type: 'array', items: { type: 'string' } },
  },
};

describe('sparse info', () => {
  it('gives the figures of a matrix as JSON, as documented', async () => {
    const path = await sample();
    const info = await json(path);
    expect(new Ajv().validate(schema, info)).toBe(true);
    expect(info).toMatchObject({
      file: path,
      format: 'mtx',
      dims: [4, 3],
      nonzeros: 4,
      density: 4 / 12,
      squaredNorm: 4 + 1 + 16 + 1,
      ...{ min: -1, max: 4, negative: 1, stored: 7, duplicates: 1, zeros: 2 },
      bytes: { raw: 64, dense: 96, orders: 1 + 1 },
    });
    expect(info.modes).toEqual([
      { size: 4, empty: 1, degrees: { min: 0, median: 1, mean: 1, max: 2 } },
      { size: 3, empty: 1, degrees: { min: 0, median: 1, mean: 4 / 3, max: 3 } },
    ]);
  });

  it('says the same in words', async () => {
    const { code, out, err } = await cli('info', await sample('small.mtx'));
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n');
    expect(lines.slice(0, 6)).toEqual([
      `small.mtx: mtx, ${text.length} B`,
      '4×3 with 4 nonzeros (33.3 %)',
      'Values from -1 to 4, 1 of them negative',
      'Squared norm: 22',
      '1 of 7 stored entries were added to others at the same place.',
      '2 stored values of 0 were left out.',
    ]);
    expect(out).toMatch(/^ +1 +4 +1 +0 +1 +1\.00 +2$/m);
    expect(out).toMatch(/^ +2 +3 +1 +0 +1 +1\.33 +3$/m);
    expect(out).toContain('As coordinates: 64 bytes (4 an index, 8 a value); in full: 96 B.');
  });

  it('takes a dense tensor of a weights file', async () => {
    const path = await writeWeights(at('net.safetensors'), [
      { name: 'fc', shape: [2, 3], values: Float64Array.of(0, 1, 0, 0, 0, 1) },
      { name: 'bias', shape: [2], values: Float64Array.of(1, 2) },
    ]);
    const info = await json(path, '--tensor', 'fc');
    expect(info).toMatchObject({
      format: 'safetensors',
      dims: [2, 3],
      nonzeros: 2,
      min: 1,
      max: 1,
    });
    const { code, err } = await cli('info', path);
    expect([code, err]).toEqual([
      2,
      'tensorpress: "net.safetensors" has 2 tensors; name one: "fc", "bias".\n',
    ]);
  });

  it('describes what has no entries', async () => {
    await writeFile(at('none.mtx'), '%%MatrixMarket matrix coordinate real general\n2 2 0\n');
    const info = await json(at('none.mtx'));
    expect(info).toMatchObject({ nonzeros: 0, density: 0, squaredNorm: 0 });
    expect('min' in info).toBe(false);
    expect((await cli('info', at('none.mtx'))).out).toContain('2×2 with 0 nonzeros (0 %)');
  });

  it('fails in one line', async () => {
    await writeFile(at('bad.mtx'), text.replace('4 3 0', '9 3 0'));
    expect(await cli('info', at('bad.mtx'))).toEqual({
      code: 1,
      out: '',
      err: 'tensorpress: "bad.mtx": line 8 has the index 9 in mode 1, beyond the 4 indices that the file states for it.\n',
    });
    expect((await cli('info', at('missing.mtx'))).code).toBe(1);
    expect((await cli('nothing')).code).toBe(2);
    expect((await cli('info')).code).toBe(2);
  });
});

/** 5 x 4 of rank 1, of whole numbers; 12 of them are not 0. */
const product = [
  [2, 0, 4, 6],
  [1, 0, 2, 3],
  [0, 0, 0, 0],
  [3, 0, 6, 9],
  [5, 0, 10, 15],
];

async function productFile(): Promise<string> {
  const entries = product.flatMap((values, row) =>
    values.flatMap((value, column) => (value === 0 ? [] : [`${row + 1} ${column + 1} ${value}`])),
  );
  const head = `%%MatrixMarket matrix coordinate real general\n5 4 ${entries.length}`;
  await writeFile(at('product.mtx'), `${[head, ...entries].join('\n')}\n`);
  return at('product.mtx');
}

describe('the way of a sparse matrix into a file and back', () => {
  it('compares, writes, describes and decodes with the real methods', async () => {
    const path = await productFile();
    const tries = ['--try', 'tsvd rank=1', '--try', 'tsvd rank=2', '--try', 'cp rank=1'];
    const compared = await cli('compare', path, ...tries, '--json');
    expect([compared.code, compared.err]).toEqual([0, '']);
    const { outcomes } = JSON.parse(compared.out) as {
      outcomes: { point: { squaredError: number } }[];
    };
    for (const { point } of outcomes) {
      expect(point.squaredError).toBeLessThan(1e-20 + 1e-6 * 446);
    }

    const written = await cli('compress', path, '--method', 'tsvd', '--set', 'rank=1');
    expect([written.code, written.err]).toEqual([0, '']);
    const file = at('product.tsvd.safetensors');
    expect(written.out).toContain(`Wrote ${file} in `);

    const described = await cli('info', file);
    expect(described.out).toContain('5×4, of a source with 12 nonzeros\n');
    expect((await cli('compare', file)).err).toContain('is a compressed matrix or tensor already');

    const decoded = await cli('decode', file, '--round');
    expect([decoded.code, decoded.err]).toEqual([0, '']);
    expect(await readFile(at('product.decoded.mtx'), 'utf8')).toBe(await readFile(path, 'utf8'));

    const places = product.flatMap((row, i) => row.map((_, j) => ['--entry', `${i},${j}`])).flat();
    const shown = await cli('decode', file, ...places, '--json');
    const { entries } = JSON.parse(shown.out) as { entries: { index: number[]; value: number }[] };
    for (const { index, value } of entries) {
      expect(value).toBeCloseTo(product[index[0]][index[1]], 10);
    }
    expect(entries).toHaveLength(20);
  });

  it('goes on with a training from a folder, and writes it as it stands', async () => {
    const path = await productFile();
    const state = ['--checkpoints', at('state')];
    const run = async (): Promise<string> => {
      const args = ['--try', 'neukron hidden=3 minutes=0.0001', ...state];
      const { code, out, err } = await cli('compare', path, ...args);
      expect([code, err]).toEqual([0, '']);
      return out;
    };
    expect(await run()).toMatch(/The training stopped after \d+ of at most 1500 epochs\./);
    forgetTrainings();
    expect(await run()).toMatch(/The training went on from epoch \d+\./);
    const { code, out } = await cli(
      ...['compress', path, '--method', 'neukron', '--set', 'hidden=3', ...state],
      ...['--as-it-stands', '--orders'],
    );
    expect(code).toBe(0);
    expect(out).toContain('Rows and columns keep their places.');
    expect((await cli('info', at('product.neukron'))).out).toMatch(/^product\.neukron: neukron, /);
  });

  it('says what methods and settings there are, with or without a file', async () => {
    const path = await productFile();
    for (const args of [[], [path]]) {
      const { code, out, err } = await cli('methods', ...args);
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/^neukron: NeuKron$/m);
      expect(out).toMatch(/^ {2}hidden +30 +a whole number from 1 to 512 /m);
      expect(out.includes("--try 'tsvd rank=1'")).toBe(args.length > 0);
    }
  });
});
