import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program';
import type { SparseInfo } from '../../../src/protocol/sparse';
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
