import { readdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program';
import type { CliContext } from '../../../src/cli/context';
import { overview } from '../../../src/cli/overview';
import type { PatternInfo } from '../../../src/protocol/patterns';
import {
  bytesOf,
  inProcessEngine,
  noise,
  readAll,
  useFolder,
  writeWeights,
} from '../../support/pressing';

const at = useFolder();

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function cli(args: readonly string[], more: Partial<CliContext> = {}): Promise<Outcome> {
  let out = '';
  let err = '';
  const code = await runCli(['patterns', ...args], {
    engine: inProcessEngine(),
    useThreads: () => {},
    useBackend: () => {},
    signal: new AbortController().signal,
    stdout: (text) => (out += text),
    stderr: (text) => (err += text),
    stdoutColumns: undefined,
    stderrColumns: undefined,
    ...more,
  });
  return { code, out, err };
}

/** What the documentation says of a pattern. */
interface PatternJson {
  readonly block?: readonly number[];
  readonly nm?: readonly number[];
  readonly grid: readonly number[];
  readonly kept: number;
  readonly blocks?: number;
  readonly error: { readonly absolute: number; readonly relative: number };
  readonly energy: number;
  readonly bytes: { readonly dense: number; readonly bsr?: number; readonly kpd?: number };
  readonly kpd?: { readonly rank: number; readonly relativeError: number };
  readonly mask: string;
  readonly written?: { readonly output: string; readonly as: string; readonly outputBytes: number };
}

async function json<T = PatternJson>(...args: readonly string[]): Promise<T> {
  const { code, out, err } = await cli([...args, '--json']);
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as T;
}

/** Blocks of 2 x 2 of growing size, so that the best are the last. */
function growing(rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, i) => {
    const block =
      Math.floor(Math.floor(i / columns) / 2) * Math.ceil(columns / 2) +
      Math.floor((i % columns) / 2);
    return (i % 2 === 0 ? 1 : -1) * (block + 1);
  });
}

async function sample(name = 'net.safetensors'): Promise<string> {
  return writeWeights(at(name), [
    { name: 'conv.weight', shape: [8, 6, 3, 3], values: noise(1, [8, 6, 3, 3]) },
    { name: 'fc.weight', shape: [6, 8], values: growing(6, 8) },
    { name: 'fc.bias', shape: [6], values: noise(2, [6]) },
  ]);
}

async function files(): Promise<string[]> {
  return (await readdir(dirname(at('x')))).sort();
}

describe('patterns without a pattern', () => {
  it('lists the block sizes that fit and the best Kronecker blocks, matrix by matrix', async () => {
    const { code, out, err } = await cli([await sample(), '--tensor', 'conv.weight']);
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n');
    expect(lines[0]).toBe('conv.weight  8×6×3×3 float32');
    expect(lines).toContain('As a 8 × 54 matrix (channel-out):');
    expect(lines).toContain('As a 72 × 6 matrix (channel-in):');
    expect(lines).toContain('As a 18 × 24 matrix (spatial):');
    expect(out).toMatch(/^ +4×9 +2×6 +12$/m);
    expect(out).toMatch(/padded by 2 columns/);
    expect(out).toMatch(/Kronecker form of rank 1: blocks of \d+×\d+, \d+ parameters/);
    expect(out).toContain('N:M patterns with M of 2, 4, 8 divide its rows.');
  });

  it('prints them as JSON', async () => {
    const path = await sample();
    const info = await json<PatternInfo & { file: string }>(path, '--tensor', 'fc.weight');
    expect(info).toMatchObject({
      file: path,
      tensor: 'fc.weight',
      shape: [6, 8],
      dtype: 'float32',
    });
    expect(info.matrices[0]).toMatchObject({
      scheme: 'matrix',
      rows: 6,
      columns: 8,
      nm: [2, 4, 8],
    });
    expect(info.matrices[0].best).toHaveLength(3);
  });

  it('takes the only tensor of a file, and asks which where there are several', async () => {
    const path = await writeWeights(at('w.npy'), [
      { name: 'w', shape: [4, 4], values: noise(3, [4, 4]) },
    ]);
    expect(await json(path)).toMatchObject({ tensor: 'w' });
    const { code, err } = await cli([await sample()]);
    expect(code).toBe(2);
    expect(err).toBe(
      'tensorpress: "net.safetensors" has 3 tensors; name one with --tensor: conv.weight, fc.weight, fc.bias.\n',
    );
  });
});

const schema = {
  type: 'object',
  required: [
    ...['file', 'tensor', 'shape', 'dtype', 'scheme', 'rows', 'columns', 'block', 'criterion'],
    ...['scope', 'grid', 'padding', 'kept', 'blocks', 'error', 'energy', 'bytes', 'macs', 'mask'],
  ],
  properties: {
    block: { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 },
    grid: { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 },
    blocks: { type: 'integer' },
    error: {
      type: 'object',
      required: ['absolute', 'relative', 'scaled'],
      additionalProperties: { type: 'number' },
    },
    bytes: {
      type: 'object',
      required: ['dense', 'bsr'],
      additionalProperties: { type: 'integer' },
    },
    macs: {
      type: 'object',
      required: ['dense', 'kept'],
      additionalProperties: { type: 'integer' },
    },
    mask: { type: 'string', pattern: '^[A-Za-z0-9+/]+=*$' },
  },
};

describe('a pattern of blocks', () => {
  it('is printed as the documented JSON, its mask the bits of the best blocks', async () => {
    const path = await sample();
    const result = await json(path, '--tensor', 'fc.weight', '--block', '2x2', '--kept', '0.25');
    const validate = new Ajv().compile(schema);
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
    expect(result).toMatchObject({
      ...{ file: path, tensor: 'fc.weight', scheme: 'matrix', rows: 6, columns: 8 },
      ...{ block: [2, 2], grid: [3, 4], kept: 0.25, blocks: 3, scope: 'matrix' },
      ...{ bytes: { dense: 192, bsr: 16 + 3 * 20 }, macs: { dense: 48, kept: 12 } },
    });
    // Twelve blocks, the last three of them.
    expect(Buffer.from(result.mask, 'base64')).toEqual(Buffer.from([0b00000000, 0b01110000]));
    const squares = Array.from({ length: 12 }, (_, i) => 4 * (i + 1) ** 2);
    const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
    const lost = sum(squares.slice(0, 9));
    expect(result.error.absolute).toBeCloseTo(Math.sqrt(lost), 9);
    expect(result.error.relative).toBeCloseTo(Math.sqrt(lost / sum(squares)), 9);
    expect(result.energy).toBeCloseTo(1 - lost / sum(squares), 9);
  });

  it('keeps half of the blocks unless told otherwise, by energy or per row where asked', async () => {
    const path = await sample();
    const fc = (...more: string[]) =>
      json(path, '--tensor', 'fc.weight', '--block', '2x2', ...more);
    expect((await fc()).blocks).toBe(6);
    const byEnergy = await fc('--energy', '0.9');
    expect(byEnergy.energy).toBeGreaterThanOrEqual(0.9);
    expect(byEnergy.blocks).toBeLessThan(12);
    const perRow = await fc('--per-row', '--criterion', 'l1', '--kept', '0.5');
    expect(perRow).toMatchObject({ scope: 'blockRow', criterion: 'l1' });
    // The last two of each row of four.
    expect(Buffer.from(perRow.mask, 'base64')).toEqual(Buffer.from([0b00110011, 0b00110000]));
  });

  it('is drawn in characters, a line a row of blocks', async () => {
    const { code, out } = await cli([
      ...[await sample(), '--tensor', 'fc.weight', '--block', '2x3', '--kept', '0.5'],
    ]);
    expect(code).toBe(0);
    expect(out).toContain('fc.weight  6×8 float32 as a 6 × 8 matrix (matrix)');
    expect(out).toContain('Blocks of 2×3, a grid of 3×3, padded by 1 column.');
    expect(out).toMatch(/^Kept 5 of 9 blocks \(55\.6 %\), the best by Frobenius norm\.$/m);
    expect(out).toMatch(/^Relative error \d+(\.\d+)? %, energy kept \d+(\.\d+)? %\.$/m);
    expect(out).toMatch(/^dense +192 B +100 % +48 +100 % +0 %$/m);
    expect(out).toMatch(/^BSR +156 B +81\.3 % +30 +62\.5 % /m);
    const lines = out.trimEnd().split('\n');
    expect(lines.slice(-3).every((line) => /^[█·]{3}$/.test(line))).toBe(true);
    expect(lines.slice(-3).join('').replace(/·/g, '')).toHaveLength(5);
  });

  it('of a convolution is that of its scheme', async () => {
    const path = await sample();
    const conv = (...more: string[]) => json(path, '--tensor', 'conv.weight', ...more);
    expect(await conv('--block', '4x9')).toMatchObject({ scheme: 'channel-out', grid: [2, 6] });
    const spatial = await conv('--block', '6x8', '--scheme', 'spatial');
    expect(spatial).toMatchObject({ rows: 18, columns: 24, grid: [3, 3] });
    const wrong = await cli([
      path,
      '--tensor',
      'fc.weight',
      '--block',
      '2x2',
      '--scheme',
      'spatial',
    ]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('give --scheme matrix')]);
  });

  it('has its Kronecker form beside it when asked, of a rank or as large as BSR', async () => {
    const path = await sample();
    const fc = [path, '--tensor', 'fc.weight', '--block', '2x2', '--kpd'];
    const one = await json(...fc, '1');
    expect(one.kpd).toMatchObject({ rank: 1, blocks: 6, block: [2, 2] });
    // Every block is a multiple of the same one.
    expect(one.kpd?.relativeError).toBeCloseTo(one.error.relative, 9);
    expect(one.bytes.kpd).toBe(4 * (6 + 4) + 2);
    const { bytes } = await json(path, '--tensor', 'conv.weight', '--block', '4x9', '--kpd');
    expect(bytes.kpd).toBeLessThanOrEqual(bytes.bsr ?? 0);
    const { out } = await cli([...fc, '1']);
    expect(out).toMatch(/^KPD rank 1 +42 B /m);
    expect(out).toContain(
      'With the 10 parameters of the Kronecker form, plain pruning keeps 2 blocks',
    );
  });
});

describe('an N:M pattern', () => {
  it('has a bit for every entry, as JSON and in characters', async () => {
    const path = await writeWeights(at('w.npy'), [
      { name: 'w', shape: [2, 8], values: [1, 2, 3, 4, 4, 3, 2, 1, 0, 9, 9, 0, 5, 0, 0, 6] },
    ]);
    const result = await json(path, '--nm', '2:4');
    expect(result).toMatchObject({ nm: [2, 4], kept: 0.5, grid: [2, 2], macs: { kept: 8 } });
    expect(result).not.toHaveProperty('blocks');
    expect(result).not.toHaveProperty('block');
    expect(Buffer.from(result.mask, 'base64')).toEqual(Buffer.from([0b00111100, 0b01101001]));
    const { out } = await cli([path, '--nm', '2:4']);
    expect(out).toContain('Kept 2 of every 4 entries of a row, the largest.');
    expect(out.trimEnd().split('\n').slice(-2)).toEqual(['··████··', '·██·█··█']);
    expect(out).toMatch(/^N:M +34 B /m);
  });

  it('that is large is not drawn: every part would look the same', async () => {
    const { out } = await cli([await sample(), '--tensor', 'conv.weight', '--nm', '1:2'], {
      stdoutColumns: 40,
    });
    expect(out).not.toContain('█');
  });
});

describe('--apply', () => {
  it('writes a compressed file that says what it holds', async () => {
    const path = await sample();
    const fc = [path, '--tensor', 'fc.weight', '--block', '2x2', '--kept', '0.25'];
    const { written, error } = await json(
      ...[...fc, '--apply', 'bsr', '-o', at('bsr.safetensors')],
    );
    expect(written).toMatchObject({ output: at('bsr.safetensors'), as: 'bsr' });
    expect(written?.outputBytes).toBe((await bytesOf(at('bsr.safetensors'))).byteLength);
    const { pressed } = await inProcessEngine().inspect({ path: at('bsr.safetensors') });
    expect(pressed?.tensors).toMatchObject([{ tensor: 'fc.weight', method: 'block', rank: 3 }]);
    expect(pressed?.tensors[0].relativeError).toBeCloseTo(error.relative, 6);
    const kpd = await cli([
      ...[...fc, '--kpd', '1', '--apply', 'kpd', '-o', at('kpd.safetensors')],
    ]);
    expect(kpd).toMatchObject({ code: 0, err: '' });
    expect(kpd.out).toMatch(/^Wrote .*kpd\.safetensors: .* relative error of the tensor /m);
    const summary = await inProcessEngine().inspect({ path: at('kpd.safetensors') });
    expect(summary.pressed?.tensors).toMatchObject([{ method: 'kpd', rank: 1 }]);
  });

  it('writes the weights with zeros, or the mask alone', async () => {
    const path = await sample();
    const fc = [path, '--tensor', 'fc.weight', '--block', '2x2', '--kept', '0.25'];
    await json(...fc, '--apply', 'zeros', '-o', at('zeros.safetensors'));
    const before = await readAll(path);
    const after = await readAll(at('zeros.safetensors'));
    expect(after.get('fc.bias')).toEqual(before.get('fc.bias'));
    // The last three blocks: columns from 2 on of the last two rows of eight.
    const expected = before
      .get('fc.weight')
      ?.map((value, i) => (i >= 32 && i % 8 >= 2 ? value : 0));
    expect(after.get('fc.weight')).toEqual(expected);
    await json(
      ...[path, '--tensor', 'fc.weight', '--nm', '2:4', '--apply', 'mask'],
      '-o',
      at('m.npy'),
    );
    const mask = (await readAll(at('m.npy'))).get('m');
    expect(mask?.filter((bit) => bit === 1)).toHaveLength(24);
  });

  it('says before computing what cannot be written', async () => {
    const path = await sample();
    const fc = [path, '--tensor', 'fc.weight', '--block', '2x2'];
    await writeFile(at('there.npy'), 'mine');
    const cases: [string[], number, string][] = [
      [[...fc, '--apply', 'mask'], 2, 'name it with --output'],
      [[...fc, '-o', at('a.npy')], 2, 'give --apply'],
      [[...fc, '--apply', 'bsr', '-o', at('a.npy')], 2, 'does not end in .safetensors'],
      [[...fc, '--apply', 'mask', '-o', at('a.npz')], 2, 'does not end in .npy'],
      [[...fc, '--apply', 'zeros', '-o', path, '--force'], 2, 'source file itself'],
      [[...fc, '--apply', 'mask', '-o', at('there.npy')], 2, '--force'],
      [[...fc, '--apply', 'mask', '-o', at('no/a.npy')], 1, 'no'],
      [
        [path, '--tensor', 'fc.weight', '--nm', '2:4', '--apply', 'kpd', '-o', at('a.safetensors')],
        2,
        'write its zeros or its mask',
      ],
    ];
    for (const [args, code, message] of cases) {
      const result = await cli(args);
      expect([result.code, result.out]).toEqual([code, '']);
      expect(result.err).toContain(message);
    }
    expect(await files()).toEqual(['net.safetensors', 'there.npy']);
    const forced = [...fc, '--apply', 'mask', '-o', at('there.npy'), '--force'];
    expect(await cli(forced)).toMatchObject({ code: 0 });
    expect((await readAll(at('there.npy'))).size).toBe(1);
  });

  it('stops when cancelled, with nothing left behind', async () => {
    const path = await sample();
    const controller = new AbortController();
    const engine = inProcessEngine();
    const { code, err } = await cli(
      [
        path,
        '--tensor',
        'fc.weight',
        '--block',
        '2x2',
        '--apply',
        'zeros',
        '-o',
        at('z.safetensors'),
      ],
      {
        signal: controller.signal,
        engine: {
          ...engine,
          applyPattern: (params, options) => {
            controller.abort();
            return engine.applyPattern(params, options);
          },
        },
      },
    );
    expect([code, err]).toEqual([130, 'tensorpress: Cancelled.\n']);
    expect(await files()).toEqual(['net.safetensors']);
  });
});

describe('wrong usage ends with code 2 and one sentence', () => {
  it.each<[string[], string]>([
    [['x', '--block', '16'], 'not a block size'],
    [['x', '--block', '0x4'], 'not a block size'],
    [['x', '--nm', '4:2'], 'not an N:M pattern'],
    [['x', '--nm', '2:4', '--block', '2x2'], 'cannot be used with'],
    [['x', '--nm', '2:4', '--kept', '0.5'], 'cannot be used with'],
    [['x', '--block', '2x2', '--kept', '0'], 'not a kept fraction'],
    [['x', '--block', '2x2', '--energy', '90'], 'not a share of the energy'],
    [['x', '--block', '2x2', '--kept', '0.5', '--energy', '0.5'], 'cannot be used with'],
    [['x', '--block', '2x2', '--criterion', 'l7'], 'Allowed choices'],
    [['x', '--block', '2x2', '--kpd', '0'], 'at least 1'],
    [['x', '--kept', '0.5'], '--kept is for a pattern'],
    [['x', '--apply', 'mask'], '--apply is for a pattern'],
    [[], "missing required argument 'file'"],
  ])('%o', async (args, message) => {
    const { code, out, err } = await cli(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it('so do a block that does not fit and a tensor that is not there', async () => {
    const path = await sample();
    const large = await cli([path, '--tensor', 'fc.weight', '--block', '7x2']);
    expect([large.code, large.err]).toEqual([2, expect.stringContaining('6 x 8 matrix')]);
    const missing = await cli([path, '--tensor', 'fc']);
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('no tensor "fc"')]);
  });
});

it('a tensor without a pattern and a missing file are failures with code 1', async () => {
  const path = await sample();
  const bias = await cli([path, '--tensor', 'fc.bias', '--block', '1x1']);
  expect([bias.code, bias.err]).toEqual([1, expect.stringContaining('1-D tensor')]);
  const missing = await cli([at('no.npy'), '--block', '2x2']);
  expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('does not exist')]);
});

describe('the overview of a mask', () => {
  it('has shades where a character stands for several cells, full and empty only when they are', () => {
    // 64 rows of 4: the first pair of rows full, one cell of the second pair, the rest empty.
    const mask = new Uint8Array(32);
    mask[0] = 0xff;
    mask[1] = 0x40;
    const { tile, lines } = overview(mask, [64, 4], 2);
    expect(tile).toEqual([2, 2]);
    expect(lines).toHaveLength(32);
    expect(lines.slice(0, 3)).toEqual(['██', '░·', '··']);
  });

  it('knows that the last tiles are smaller', () => {
    // 33 rows of 3 cells, all set.
    const { tile, lines } = overview(new Uint8Array(13).fill(0xff), [33, 3], 2);
    expect(tile).toEqual([2, 2]);
    expect(lines).toHaveLength(17);
    expect(new Set(lines)).toEqual(new Set(['██']));
  });
});
