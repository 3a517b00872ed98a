import { appendFile, readdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CancelledError, FileError, UnsupportedError, UsageError } from '../../../../src/failures';
import { unattended, type Job } from '../../../../src/engine/job';
import { applyPattern, type ApplyPatternRequest } from '../../../../src/engine/press/applyPattern';
import { readPressedHeader } from '../../../../src/engine/press/pressedHeader';
import { restoreTensor } from '../../../../src/engine/press/restoreTensor';
import { bsrBytes } from '../../../../src/engine/sparsity/bsr';
import { blockGrid } from '../../../../src/engine/sparsity/blockGrid';
import { kpdBytes } from '../../../../src/engine/sparsity/kpdSize';
import type { DType } from '../../../../src/engine/tensor/dtype';
import { permute } from '../../../../src/engine/tensor/unfold';
import type { BlockPattern, NmPattern } from '../../../../src/protocol/patterns';
import {
  bytesOf,
  distance,
  noise,
  readAll,
  useFolder,
  withFile,
  writeWeights,
  type TestTensor,
} from '../../../support/pressing';

const at = useFolder();

const conv: TestTensor = { name: 'conv', shape: [6, 5, 3, 3], values: noise(1, [6, 5, 3, 3]) };
const fc: TestTensor = { name: 'fc', shape: [21, 30], values: noise(2, [21, 30]) };
const bias: TestTensor = { name: 'bias', shape: [12], values: noise(3, [12]) };
const metadata = { origin: 'a test' };

const pattern = (change: Partial<BlockPattern> = {}): BlockPattern => ({
  kind: 'block',
  scheme: 'matrix',
  block: [4, 8],
  criterion: 'frobenius',
  scope: 'matrix',
  ...change,
});

function apply(
  path: string,
  as: ApplyPatternRequest['as'],
  output: string,
  change: Partial<ApplyPatternRequest['selection']> & { rank?: number } = {},
  job: Job = unattended,
) {
  const { rank, ...selection } = change;
  return applyPattern(
    {
      path,
      selection: { tensor: 'fc', pattern: pattern(), kept: 9, ...selection },
      as,
      ...(rank !== undefined && { rank }),
      seed: 1,
      output: { path: output, temporary: at('part.tmp') },
    },
    job,
  );
}

/** Which entries lie in the `kept` blocks of largest norm, entry by entry, in the tensor's order. */
function keptEntries(
  values: ArrayLike<number>,
  shape: readonly number[],
  { block: [bm, bn], scheme }: BlockPattern,
  kept: number,
): boolean[] {
  const axes = { 'channel-in': [0, 2, 3, 1], spatial: [1, 2, 0, 3] }[scheme as 'spatial'] ?? [
    ...shape.keys(),
  ];
  const rowAxes = { 'channel-in': 3, spatial: 2 }[scheme as 'spatial'] ?? 1;
  const turned = permute({ shape, data: Float64Array.from(values) }, axes);
  const columns = turned.shape.slice(rowAxes).reduce((product, size) => product * size, 1);
  const across = Math.ceil(columns / bn);
  const blockOf = (entry: number) =>
    Math.floor(Math.floor(entry / columns) / bm) * across + Math.floor((entry % columns) / bn);
  const energies = new Map<number, number>();
  turned.data.forEach((value, entry) => {
    energies.set(blockOf(entry), (energies.get(blockOf(entry)) ?? 0) + value ** 2);
  });
  const order = [...energies].sort(([p, x], [q, y]) => y - x || p - q).map(([block]) => block);
  const best = new Set(order.slice(0, kept));
  const mask = turned.data.map((_, entry) => (best.has(blockOf(entry)) ? 1 : 0));
  const back = [...shape.keys()].map((axis) => axes.indexOf(axis));
  return Array.from(permute({ shape: turned.shape, data: mask }, back).data, (one) => one === 1);
}

const zeroed = (values: Float64Array, kept: readonly boolean[]) =>
  values.map((value, i) => (kept[i] ? value : 0));

async function filesBeside(path: string): Promise<string[]> {
  return (await readdir(dirname(path))).sort();
}

async function restored(path: string, tensor: string): Promise<Float64Array> {
  return withFile(
    path,
    async (file) => (await restoreTensor(file, tensor, readPressedHeader(file))).data,
  );
}

describe('a pattern written as block sparse row', () => {
  it.each<[DType, BlockPattern, TestTensor, number]>([
    ['float32', pattern(), fc, 9],
    ['bfloat16', pattern({ block: [8, 7] }), fc, 5],
    ['float16', pattern({ scheme: 'channel-out', block: [2, 9] }), conv, 4],
    ['float64', pattern({ scheme: 'channel-in', block: [5, 2] }), conv, 11],
    ['float32', pattern({ scheme: 'spatial', block: [4, 4] }), conv, 7],
  ])('keeps the best blocks of %s bit for bit (%o)', async (dtype, chosen, tensor, kept) => {
    const path = await writeWeights(at('net.safetensors'), [{ ...tensor, dtype }, bias], metadata);
    const output = at('out.safetensors');
    const selection = { tensor: tensor.name, pattern: chosen, kept };
    const report = await apply(path, 'bsr', output, selection);
    const source = (await readAll(path)).get(tensor.name) ?? new Float64Array();
    const mask = keptEntries(source, tensor.shape, chosen, kept);
    const expected = zeroed(source, mask);
    expect(await restored(output, tensor.name)).toEqual(expected);
    expect(report).toMatchObject({
      as: 'bsr',
      output,
      sourceBytes: (await stat(path)).size,
      outputBytes: (await stat(output)).size,
      dropped: mask.filter((one) => !one).length,
      elements: source.length,
    });
    expect(report.relativeError).toBeCloseTo(distance(source, expected), 12);
    expect(report.relativeError).toBeGreaterThan(0.1);
    const stored = await readAll(output);
    expect(stored.get('bias')).toEqual((await readAll(path)).get('bias'));
    await withFile(output, async (file) => {
      expect(file.metadata).toMatchObject(metadata);
      const { method, rank, attributes, factors } = readPressedHeader(file).tensors[tensor.name];
      expect({ method, rank }).toEqual({ method: 'block', rank: kept });
      expect(attributes.block).toEqual(chosen.block);
      expect(factors.map((factor) => factor.dtype)).toEqual(['int32', 'int32', undefined]);
      const typeOf = (name: string) => file.tensors.find((one) => one.name === name)?.dtype;
      expect(factors.map((factor) => typeOf(factor.tensor))).toEqual(['int32', 'int32', dtype]);
    });
  });

  it('follows criterion and scope', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    const output = at('out.safetensors');
    const chosen = pattern({ block: [7, 10], scope: 'blockRow', criterion: 'l1' });
    await apply(path, 'bsr', output, { pattern: chosen, kept: 3 });
    const indptr = (await readAll(output)).get('fc.indptr');
    expect(Array.from(indptr ?? [])).toEqual([0, 1, 2, 3]);
  });
});

describe('a pattern written as a Kronecker form', () => {
  it('takes no more bytes than the blocks would, and reports the error of the file', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc, bias]);
    const output = at('out.safetensors');
    const report = await apply(path, 'kpd', output);
    const source = (await readAll(path)).get('fc') ?? new Float64Array();
    const rebuilt = await restored(output, 'fc');
    expect(report.relativeError).toBeCloseTo(distance(source, rebuilt), 9);
    // Rebuilt values are zero in dropped blocks alone.
    expect(report.dropped).toBe(rebuilt.filter((value) => value === 0).length);
    const { rank, attributes } = await withFile(
      output,
      async (file) => readPressedHeader(file).tensors.fc,
    );
    expect(attributes).toMatchObject({ block: [4, 8], blocks: 9 });
    const grid = blockGrid(21, 30, [4, 8]);
    expect(kpdBytes(grid, 9, Number(rank), 4)).toBeLessThanOrEqual(bsrBytes(grid, 9, 4));
    expect(kpdBytes(grid, 9, Number(rank) + 1, 4)).toBeGreaterThan(bsrBytes(grid, 9, 4));
  });

  it('has the rank it is given, or fewer terms where the blocks are a sum of fewer', async () => {
    const path = await writeWeights(at('net.safetensors'), [
      fc,
      { ...fc, name: 'ones', values: new Float64Array(630).fill(1) },
    ]);
    const rankOf = async (tensor: string) => {
      const output = at(`${tensor}.safetensors`);
      await apply(path, 'kpd', output, { tensor, rank: 2, pattern: pattern({ block: [3, 5] }) });
      return withFile(output, async (file) => readPressedHeader(file).tensors[tensor].rank);
    };
    expect(await rankOf('fc')).toBe(2);
    expect(await rankOf('ones')).toBe(1);
  });

  it.each<[DType, readonly [number, number], number]>([
    ['float32', [1, 1], 1],
    ['float64', [1, 1], 5],
    ['float16', [21, 30], 1],
  ])('has at least one term: of %s with blocks %o', async (dtype, block, kept) => {
    const path = await writeWeights(at('net.safetensors'), [{ ...fc, dtype }]);
    const output = at('out.safetensors');
    await apply(path, 'kpd', output, { pattern: pattern({ block }), kept });
    const header = await withFile(output, async (file) => readPressedHeader(file));
    expect(header.tensors.fc.rank).toBe(1);
  });
});

describe('a copy with zeros', () => {
  it.each(['safetensors', 'npz', 'npy'])('is the file as it was, as %s', async (format) => {
    const raw = { dtype: 'F8_E4M3', bytes: Uint8Array.of(1, 2, 3, 4) };
    const others: TestTensor[] =
      format === 'safetensors'
        ? [bias, { name: 'odd', shape: [4], values: [], raw }]
        : [{ ...bias, dtype: 'int32', values: [...Array(12).keys()] }];
    const tensors = format === 'npy' ? [fc] : [...others, fc];
    const keys = format === 'safetensors' ? metadata : {};
    const path = await writeWeights(at(`fc.${format}`), tensors, keys);
    const output = at(`zeros.${format}`);
    const report = await apply(path, 'zeros', output, { tensor: 'fc' });
    const source = await readAll(path);
    const values = source.get('fc') ?? new Float64Array();
    const mask = keptEntries(values, fc.shape, pattern(), 9);
    const name = format === 'npy' ? 'zeros' : 'fc';
    const copy = await readAll(output);
    expect(copy.get(name)).toEqual(zeroed(values, mask));
    expect(report).toMatchObject({
      as: 'zeros',
      dropped: mask.filter((one) => !one).length,
      elements: 630,
      outputBytes: (await stat(output)).size,
    });
    expect(report.relativeError).toBeCloseTo(distance(values, copy.get(name) ?? []), 12);
    for (const other of copy.keys()) {
      expect(other === name || copy.get(other)).toEqual(other === name || source.get(other));
    }
    await withFile(output, async (file) => {
      expect(file.metadata).toEqual(keys);
      const odd = file.tensors.find((one) => one.name === 'odd');
      expect(odd ? [...(await file.readBytes(odd))] : [1, 2, 3, 4]).toEqual([1, 2, 3, 4]);
    });
    // With every block kept it is the same file, byte for byte.
    await apply(path, 'zeros', at(`same.${format}`), { tensor: 'fc', kept: 24 });
    expect((await bytesOf(at(`same.${format}`))).equals(await bytesOf(path))).toBe(true);
  });

  it.each<[DType, BlockPattern]>([
    ['float16', pattern({ scheme: 'channel-out', block: [2, 9] })],
    ['bfloat16', pattern({ scheme: 'channel-in', block: [5, 2] })],
    ['float64', pattern({ scheme: 'spatial', block: [4, 4] })],
  ])('keeps values of %s bit for bit in every scheme (%o)', async (dtype, chosen) => {
    const path = await writeWeights(at('net.safetensors'), [{ ...conv, dtype }]);
    const output = at('zeros.safetensors');
    await apply(path, 'zeros', output, { tensor: 'conv', pattern: chosen, kept: 6 });
    const source = (await readAll(path)).get('conv') ?? new Float64Array();
    const mask = keptEntries(source, conv.shape, chosen, 6);
    expect((await readAll(output)).get('conv')).toEqual(zeroed(source, mask));
  });

  it('has zeros where N:M drops an entry of a group', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    const output = at('zeros.safetensors');
    const nm: NmPattern = { kind: 'nm', scheme: 'matrix', m: 4 };
    const report = await apply(path, 'zeros', output, { pattern: nm, kept: 1 });
    const source = (await readAll(path)).get('fc') ?? new Float64Array();
    const copy = (await readAll(output)).get('fc') ?? new Float64Array();
    for (let row = 0; row < 21; row++) {
      for (let from = 0; from < 30; from += 4) {
        const group = Array.from(
          source.subarray(row * 30 + from, row * 30 + Math.min(30, from + 4)),
        );
        const largest = Math.max(...group.map(Math.abs));
        const expected = group.map((value) => (Math.abs(value) === largest ? value : 0));
        const found = copy.subarray(row * 30 + from, row * 30 + from + group.length);
        expect(Array.from(found)).toEqual(expected);
      }
    }
    expect(report.dropped).toBe(630 - 21 * 8);
  });

  it('of a depth-wise convolution is possible, which has no factors', async () => {
    const depthwise = { name: 'dw', shape: [8, 1, 3, 3], values: noise(7, [8, 1, 3, 3]) };
    const path = await writeWeights(at('net.safetensors'), [depthwise]);
    const chosen = pattern({ scheme: 'channel-out', block: [2, 3] });
    const selection = { tensor: 'dw', pattern: chosen, kept: 5 };
    const report = await apply(path, 'zeros', at('zeros.safetensors'), selection);
    expect(report.dropped).toBe(72 - 5 * 6);
    const pressed = apply(path, 'bsr', at('out.safetensors'), selection);
    await expect(pressed).rejects.toThrow('cannot be stored as blocks');
  });
});

describe('a mask', () => {
  it.each<[TestTensor, BlockPattern]>([
    [fc, pattern()],
    [conv, pattern({ scheme: 'channel-in', block: [5, 2] })],
    [conv, pattern({ scheme: 'spatial', block: [4, 4] })],
  ])('is an array of booleans in the shape of the tensor', async (tensor, chosen) => {
    const path = await writeWeights(at('net.safetensors'), [bias, tensor]);
    const output = at('mask.npy');
    const selection = { tensor: tensor.name, pattern: chosen, kept: 6 };
    const report = await apply(path, 'mask', output, selection);
    const source = (await readAll(path)).get(tensor.name) ?? new Float64Array();
    const mask = keptEntries(source, tensor.shape, chosen, 6);
    await withFile(output, async (file) => {
      expect(file.tensors).toMatchObject([{ shape: tensor.shape, dtype: 'bool' }]);
      const bytes = await file.readBytes(file.tensors[0]);
      expect(Array.from(bytes, (byte) => byte === 1)).toEqual(mask);
    });
    expect(report.dropped).toBe(mask.filter((one) => !one).length);
    expect(report.relativeError).toBeCloseTo(distance(source, zeroed(source, mask)), 12);
  });

  it('may keep nothing', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    const report = await apply(path, 'mask', at('mask.npy'), { kept: 0 });
    expect(report).toMatchObject({ dropped: 630, relativeError: 1 });
  });
});

describe('applying a pattern refuses', () => {
  const nm: NmPattern = { kind: 'nm', scheme: 'matrix', m: 4 };

  it.each<[string, ApplyPatternRequest['as'], string, Parameters<typeof apply>[3], string]>([
    [
      'N:M as blocks',
      'bsr',
      'o.safetensors',
      { pattern: nm, kept: 2 },
      'write the zeros or the mask',
    ],
    [
      'N:M as a form',
      'kpd',
      'o.safetensors',
      { pattern: nm, kept: 2 },
      'write the zeros or the mask',
    ],
    ['no blocks at all', 'bsr', 'o.safetensors', { kept: 0 }, 'from 1 to 24'],
    ['more blocks than there are', 'zeros', 'o.safetensors', { kept: 25 }, 'from 0 to 24'],
    ['half a block', 'mask', 'o.npy', { kept: 1.5 }, 'whole number'],
    ['more than M of M', 'mask', 'o.npy', { pattern: nm, kept: 5 }, '5'],
    [
      'a tensor that is not there',
      'zeros',
      'o.safetensors',
      { tensor: 'gone' },
      'no tensor "gone"',
    ],
    ['whole numbers', 'zeros', 'o.safetensors', { tensor: 'steps' }, 'not a floating-point type'],
    ['a vector', 'zeros', 'o.safetensors', { tensor: 'bias' }, 'at least two axes'],
    [
      'a scheme of another shape',
      'zeros',
      'o.safetensors',
      { pattern: pattern({ scheme: 'spatial' }) },
      'spatial',
    ],
    [
      'a block that is too large',
      'zeros',
      'o.safetensors',
      { pattern: pattern({ block: [22, 1] }) },
      '22 x 1',
    ],
    ['a pressed file by another name', 'bsr', 'o.npz', {}, 'does not end in .safetensors'],
    ['a copy by another name', 'zeros', 'o.npz', {}, 'does not end in .safetensors'],
    ['a mask by another name', 'mask', 'o.npz', {}, 'does not end in .npy'],
    ['a rank of nothing', 'kpd', 'o.safetensors', { rank: 0.5 }, '0.5'],
  ])('(%s), and writes nothing', async (_, as, output, change, message) => {
    const steps = { name: 'steps', shape: [4, 4], values: [...Array(16).keys()], dtype: 'int32' };
    const tensors = [fc, bias, steps as TestTensor];
    const path = await writeWeights(at('net.safetensors'), tensors);
    const result = apply(path, as, at(output), change);
    await expect(result).rejects.toThrow(UsageError);
    await expect(result).rejects.toThrow(message);
    expect(await filesBeside(path)).toEqual(['net.safetensors']);
  });

  it('values that are not finite', async () => {
    const values = Float64Array.from(fc.values);
    values[5] = NaN;
    const path = await writeWeights(at('net.safetensors'), [{ ...fc, values }]);
    for (const [as, output] of [
      ['bsr', 'o.safetensors'],
      ['kpd', 'o.safetensors'],
      ['zeros', 'o.safetensors'],
      ['mask', 'o.npy'],
    ] as const) {
      await expect(apply(path, as, at(output))).rejects.toThrow(UnsupportedError);
    }
  });

  it('to write over its source', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    const before = await readFile(path);
    await expect(apply(path, 'zeros', path)).rejects.toThrow(UsageError);
    await expect(apply(path, 'bsr', path)).rejects.toThrow(UsageError);
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  it('a file that is pressed already', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc, conv]);
    await apply(path, 'bsr', at('one.safetensors'));
    const again = apply(at('one.safetensors'), 'zeros', at('two.safetensors'), { tensor: 'conv' });
    await expect(again).rejects.toThrow('compressed by TensorPress already');
  });
});

describe('applying a pattern leaves nothing behind', () => {
  it.each([
    ['bsr', 'out.safetensors'],
    ['kpd', 'out.safetensors'],
    ['zeros', 'out.safetensors'],
    ['mask', 'out.npy'],
  ] as const)('when %s is cancelled, at whatever look at the stop sign', async (as, name) => {
    const path = await writeWeights(at('net.safetensors'), [fc, bias]);
    let looks = 0;
    const fractions: number[] = [];
    const counting: Job = {
      throwIfCancelled: () => void looks++,
      report: (fraction) => void fractions.push(fraction),
    };
    await apply(path, as, at(`all-${name}`), {}, counting);
    expect(Math.max(...fractions)).toBeLessThanOrEqual(1);
    expect([...fractions].sort((a, b) => a - b)).toEqual(fractions);
    for (let stop = 1; stop < looks; stop += Math.max(1, Math.floor(looks / 12))) {
      let left = stop;
      const job: Job = {
        throwIfCancelled() {
          if (--left <= 0) {
            throw new CancelledError();
          }
        },
        report() {},
      };
      await expect(apply(path, as, at(name), {}, job)).rejects.toThrow(CancelledError);
      expect(await filesBeside(path)).toEqual([`all-${name}`, 'net.safetensors']);
    }
  });

  it('when the source changes between writing and the check', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc, bias]);
    let changed: Promise<void> | undefined;
    const job: Job = {
      throwIfCancelled() {},
      report(fraction) {
        if (fraction > 0.3) {
          changed ??= appendFile(path, 'x');
        }
      },
    };
    await expect(apply(path, 'zeros', at('out.safetensors'), {}, job)).rejects.toThrow(FileError);
    expect(await filesBeside(path)).toEqual(['net.safetensors']);
  });
});
