import { createHash } from 'node:crypto';
import { appendFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CancelledError, FileError, UnsupportedError, UsageError } from '../../../../src/failures';
import { unattended, type Job } from '../../../../src/engine/job';
import type { Method, Rank } from '../../../../src/engine/decompositions/decomposition';
import type { DType } from '../../../../src/engine/tensor/dtype';
import { pressFile } from '../../../../src/engine/press/pressFile';
import { readPressedHeader } from '../../../../src/engine/press/pressedHeader';
import { verifyPressed } from '../../../../src/engine/press/verify';
import type { Plan, PlanEntry } from '../../../../src/engine/selection/plan';
import {
  bytesOf,
  distance,
  noise,
  readAll,
  smooth,
  useFolder,
  withFile,
  writeWeights,
  type TestTensor,
} from '../../../support/pressing';

const at = useFolder();

const conv: TestTensor = { name: 'conv', shape: [12, 8, 3, 3], values: smooth([12, 8, 3, 3]) };
const fc: TestTensor = { name: 'fc', shape: [20, 30], values: smooth([20, 30], 2) };
const bias: TestTensor = { name: 'bias', shape: [12], values: noise(3, [12]) };

function entry(tensor: string, method: Method | 'dense', rank?: Rank): PlanEntry {
  return {
    tensor,
    method,
    ...(rank !== undefined && { rank }),
    kept: 0.5,
    relativeError: 0.1,
    reason: 'for the test',
  };
}

function planOf(tensors: readonly PlanEntry[], sha256?: string): Plan {
  return {
    version: 1,
    source: { file: 'net.safetensors', ...(sha256 !== undefined && { sha256 }) },
    budget: { kept: 0.5 },
    seed: 5,
    tensors,
  };
}

function press(path: string, plan: Plan, job: Job = unattended, output = at('out.safetensors')) {
  return pressFile({ path, plan, output: { path: output, temporary: at('out.press.tmp') } }, job);
}

function headerOf(path: string) {
  return withFile(path, async (file) => readPressedHeader(file));
}

async function filesBeside(path: string): Promise<string[]> {
  return (await readdir(dirname(path))).sort();
}

/** left (m x r) times right (r x n), the plainest way. */
function product(left: Float64Array, right: Float64Array, rank: number): Float64Array {
  const [rows, columns] = [left.length / rank, right.length / rank];
  return Float64Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    let sum = 0;
    for (let r = 0; r < rank; r++) {
      sum += left[row * rank + r] * right[r * columns + column];
    }
    return sum;
  });
}

describe('a pressed file', () => {
  it('holds factors whose product has the reported error, and everything else as it was', async () => {
    const raw = { dtype: 'F8_E4M3', bytes: Uint8Array.of(1, 2, 3, 4) };
    const path = await writeWeights(
      at('net.safetensors'),
      [fc, bias, { name: 'odd', shape: [4], values: [], raw }],
      { origin: 'a test', note: 'ü' },
    );
    const report = await press(path, planOf([entry('fc', 'svd', 4)]));
    const source = await readAll(path);
    const stored = await readAll(report.output);
    const left = stored.get('fc.left') ?? new Float64Array();
    const right = stored.get('fc.right') ?? new Float64Array();
    const measured = distance(source.get('fc') ?? [], product(left, right, 4));
    expect(report.tensors[0].relativeError).toBeCloseTo(measured, 12);
    expect(measured).toBeGreaterThan(1e-4);
    expect(stored.has('fc')).toBe(false);
    expect(stored.get('bias')).toEqual(source.get('bias'));
    await withFile(report.output, async (file) => {
      expect(file.metadata).toMatchObject({ origin: 'a test', note: 'ü' });
      const odd = file.tensors.find(({ name }) => name === 'odd');
      expect(odd).toMatchObject({ storedDtype: 'F8_E4M3', shape: [4] });
      expect(odd && [...(await file.readBytes(odd))]).toEqual([1, 2, 3, 4]);
    });
  });

  it.each<[Method, Rank, DType]>([
    ['svd', 5, 'float32'],
    ['cp', 9, 'float32'],
    ['tucker', [6, 4, 3, 3], 'float32'],
    ['tt', [1, 6, 5, 8, 1], 'float64'],
    ['kronecker', 3, 'float16'],
    ['tucker', [6, 4, 3, 3], 'bfloat16'],
  ])('says of %s how the tensor is stored', async (method, rank, dtype) => {
    const path = await writeWeights(at('net.safetensors'), [{ ...conv, dtype }]);
    const report = await press(path, planOf([entry('conv', method, rank)]));
    const { tensors, source, seed, tool } = await headerOf(report.output);
    expect(tensors.conv).toMatchObject({ method, rank, dtype, shape: [12, 8, 3, 3] });
    expect(tensors.conv.relativeError).toBe(report.tensors[0].relativeError);
    expect(tensors.conv.factors.every(({ tensor }) => tensor.startsWith('conv.'))).toBe(true);
    const sha256 = createHash('sha256')
      .update(await bytesOf(path))
      .digest('hex');
    expect(source).toEqual({
      name: 'net.safetensors',
      format: 'safetensors',
      bytes: (await stat(path)).size,
      sha256,
    });
    expect(report.sha256).toBe(sha256);
    expect(seed).toBe(5);
    expect(tool.name).toBe('TensorPress');
  });

  it('stores CP, Tucker and Tensor Train of a matrix as the SVD they are', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    const report = await press(path, planOf([entry('fc', 'tt', [1, 4, 1])]));
    expect(report.tensors[0]).toMatchObject({ method: 'tt', rank: [1, 4, 1], parameters: 200 });
    expect((await headerOf(report.output)).tensors.fc).toMatchObject({ method: 'svd', rank: 4 });
  });

  it('gives factors names of their own where theirs are taken', async () => {
    const taken = { ...bias, name: 'fc.left' };
    const path = await writeWeights(at('net.safetensors'), [taken, fc]);
    const report = await press(path, planOf([entry('fc', 'svd', 2)]));
    const { tensors } = await headerOf(report.output);
    expect(tensors.fc.factors).toEqual([
      { name: 'left', tensor: 'fc.left_2' },
      { name: 'right', tensor: 'fc.right' },
    ]);
    const stored = await readAll(report.output);
    expect(stored.get('fc.left')).toEqual((await readAll(path)).get('fc.left'));
  });

  it('is the same, byte for byte, for the same source and plan', async () => {
    const path = await writeWeights(at('net.safetensors'), [conv, fc]);
    const plan = planOf([entry('conv', 'cp', 8), entry('fc', 'kronecker', 2)]);
    await press(path, plan, unattended, at('one.safetensors'));
    await press(path, plan, unattended, at('two.safetensors'));
    expect(
      (await bytesOf(at('one.safetensors'))).equals(await bytesOf(at('two.safetensors'))),
    ).toBe(true);
  });

  it('adds up: parameters, multiply-adds, bytes and the error over the file', async () => {
    const path = await writeWeights(at('net.safetensors'), [conv, fc, bias]);
    const report = await press(path, planOf([entry('fc', 'svd', 4), entry('conv', 'dense')]));
    expect(report).toMatchObject({
      denseParameters: 864 + 600 + 12,
      parameters: 864 + 200 + 12,
      denseMacs: 864 + 600,
      macs: 864 + 200,
      sourceBytes: (await stat(path)).size,
      outputBytes: (await stat(report.output)).size,
    });
    const source = await readAll(path);
    const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
    const absolute = report.tensors[1].relativeError * norm(source.get('fc') ?? []);
    expect(report.error.absolute).toBeCloseTo(absolute, 9);
    const total = norm(['conv', 'fc'].map((name) => norm(source.get(name) ?? [])));
    expect(report.error.relative).toBeCloseTo(absolute / total, 9);
  });

  it('can be made of .npz and .npy', async () => {
    const npz = await writeWeights(at('net.npz'), [fc, { ...bias, dtype: 'int32' }]);
    const report = await press(npz, planOf([entry('fc', 'svd', 4)]));
    expect((await headerOf(report.output)).source).toMatchObject({
      name: 'net.npz',
      format: 'npz',
    });
    const stored = await readAll(report.output);
    expect(stored.get('bias')).toEqual((await readAll(npz)).get('bias'));

    const npy = await writeWeights(at('fc.npy'), [fc]);
    const single = await press(
      npy,
      planOf([entry('fc', 'svd', 4)]),
      unattended,
      at('fc.safetensors'),
    );
    expect((await headerOf(single.output)).source.format).toBe('npy');
  });

  it('of a tensor of zeros has no error', async () => {
    const path = await writeWeights(at('net.safetensors'), [
      { ...conv, values: new Float64Array(864) },
    ]);
    for (const [method, rank] of [
      ['cp', 1],
      ['tucker', [1, 1, 3, 3]],
      ['kronecker', 1],
    ] as const) {
      const report = await press(path, planOf([entry('conv', method, rank)]));
      expect(report.tensors[0].relativeError).toBe(0);
    }
  });

  it('leaves the source untouched', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    const before = await bytesOf(path);
    const { mtimeMs } = await stat(path);
    await press(path, planOf([entry('fc', 'svd', 4)]));
    expect((await bytesOf(path)).equals(before)).toBe(true);
    expect((await stat(path)).mtimeMs).toBe(mtimeMs);
  });
});

describe('a plan that does not fit the file', () => {
  it.each<[string, PlanEntry, string]>([
    ['a tensor it does not have', entry('gone', 'svd', 2), '"gone", which "net.safetensors"'],
    ['a rank beyond the shape', entry('fc', 'svd', 21), 'allows at most 20'],
    ['a rank of the wrong form', entry('conv', 'tucker', 3), '4 positive integers'],
    ['a method for a vector', entry('bias', 'svd', 1), '1-D tensor'],
    ['no rank', entry('fc', 'svd'), 'without a rank'],
  ])('(%s) is one error that names it, and nothing is written', async (_, wrong, message) => {
    const path = await writeWeights(at('net.safetensors'), [conv, fc, bias]);
    const result = press(path, planOf([wrong]));
    await expect(result).rejects.toThrow(UsageError);
    await expect(result).rejects.toThrow(message);
    expect(await filesBeside(path)).toEqual(['net.safetensors']);
  });

  it('is refused when it was made for other bytes', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    const plan = planOf([entry('fc', 'svd', 2)], '00'.repeat(32));
    await expect(press(path, plan)).rejects.toThrow('made for another "net.safetensors"');
  });

  it('is refused when the tensor has a smaller rank than it asks for', async () => {
    const values = Float64Array.from(
      { length: 600 },
      (_, i) => (Math.floor(i / 30) + 1) * (i % 30),
    );
    const path = await writeWeights(at('net.safetensors'), [{ ...fc, values }]);
    await expect(press(path, planOf([entry('fc', 'svd', 3)]))).rejects.toThrow('of rank 1 only');
    const { tensors } = await press(path, planOf([entry('fc', 'svd', 1)]));
    expect(tensors[0].relativeError).toBeLessThan(1e-6);
  });

  it('is refused where a factor leaves the range of the type', async () => {
    const values = Float64Array.from({ length: 36864 }, (_, i) => 3000 + (i % 7));
    const large = { name: 'large', shape: [64, 64, 3, 3], values, dtype: 'float16' as const };
    const path = await writeWeights(at('net.safetensors'), [large]);
    const result = press(path, planOf([entry('large', 'tucker', [1, 1, 3, 3])]));
    await expect(result).rejects.toThrow(UnsupportedError);
    await expect(result).rejects.toThrow('"large" leave the range of float16');
    expect(await filesBeside(path)).toEqual(['net.safetensors']);
  });

  it('is refused for a tensor with NaN', async () => {
    const values = Float64Array.from(fc.values);
    values[3] = Infinity;
    const path = await writeWeights(at('net.safetensors'), [{ ...fc, values }]);
    const result = press(path, planOf([entry('fc', 'svd', 2)]));
    await expect(result).rejects.toThrow(UnsupportedError);
    await expect(result).rejects.toThrow('"fc"');
  });
});

describe('pressing leaves nothing behind', () => {
  it('when it is cancelled, at whatever look at the stop sign', async () => {
    const path = await writeWeights(at('net.safetensors'), [conv, fc, bias]);
    const plan = planOf([entry('conv', 'cp', 4), entry('fc', 'svd', 4)]);
    let looks = 0;
    await press(
      path,
      plan,
      { throwIfCancelled: () => void looks++, report() {} },
      at('all.safetensors'),
    );
    for (let stop = 1; stop < looks; stop += Math.max(1, Math.floor(looks / 25))) {
      let left = stop;
      const job: Job = {
        throwIfCancelled() {
          if (--left <= 0) {
            throw new CancelledError();
          }
        },
        report() {},
      };
      await expect(press(path, plan, job)).rejects.toThrow(CancelledError);
      expect(await filesBeside(path)).toEqual(['all.safetensors', 'net.safetensors']);
    }
  });

  it('when the source changes meanwhile, and keeps an output that was there', async () => {
    const path = await writeWeights(at('net.safetensors'), [conv, fc]);
    await writeFile(at('out.safetensors'), 'older');
    let changed: Promise<void> | undefined;
    const job: Job = {
      throwIfCancelled() {},
      report(fraction) {
        if (fraction > 0.5) {
          changed ??= appendFile(path, 'x');
        }
      },
    };
    await expect(press(path, planOf([entry('conv', 'cp', 4)]), job)).rejects.toThrow(FileError);
    expect(await filesBeside(path)).toEqual(['net.safetensors', 'out.safetensors']);
    expect((await bytesOf(at('out.safetensors'))).toString()).toBe('older');
  });
});

describe('pressing refuses', () => {
  it('to write over its source, under whatever name', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    const before = await bytesOf(path);
    const plan = planOf([entry('fc', 'svd', 2)]);
    await expect(press(path, plan, unattended, path)).rejects.toThrow(UsageError);
    expect((await bytesOf(path)).equals(before)).toBe(true);
  });

  it('a name that says another format', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    const result = press(path, planOf([entry('fc', 'svd', 2)]), unattended, at('out.npz'));
    await expect(result).rejects.toThrow('does not end in .safetensors');
  });

  it('a file that is pressed already, and names its source', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc, conv]);
    const { output } = await press(path, planOf([entry('fc', 'svd', 2)]));
    const again = press(output, planOf([entry('conv', 'svd', 2)]), unattended, at('b.safetensors'));
    await expect(again).rejects.toThrow('compress its source "net.safetensors"');
  });
});

describe('the check after writing', () => {
  it('notices factors and dense tensors that differ from what was to be written', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc, bias]);
    const { output } = await press(path, planOf([entry('fc', 'svd', 4)]));
    const bytes = await bytesOf(output);
    const header = await headerOf(output);
    const check = (file: string) => withFile(path, (source) => verifyPressed(file, source, header));
    expect((await check(output)).relativeErrors.get('bias')).toBe(0);

    const { length } = bytes;
    // The header comes first, then fc.left, fc.right and the 48 bytes of bias.
    for (const [position, tensor] of [
      [length - 48 - 5, 'fc'],
      [length - 5, 'bias'],
    ] as const) {
      const broken = Buffer.from(bytes);
      broken[position] ^= 0x40;
      await writeFile(at('broken.safetensors'), broken);
      await expect(check(at('broken.safetensors'))).rejects.toThrow(`tensor "${tensor}" has`);
    }
  });
});
