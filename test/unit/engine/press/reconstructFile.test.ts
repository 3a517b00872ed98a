import { readdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  OutOfMemoryError,
  UnsupportedError,
  UsageError,
} from '../../../../src/failures';
import { unattended } from '../../../../src/engine/job';
import type { Method, Rank } from '../../../../src/engine/decompositions/decomposition';
import { pressFile } from '../../../../src/engine/press/pressFile';
import { reconstructFile } from '../../../../src/engine/press/reconstructFile';
import { stopAfter } from '../../../support/stopAfter';
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

type Asked = readonly [tensor: string, method: Method, rank: Rank];

async function press(path: string, ...asked: readonly Asked[]): Promise<string> {
  const output = at('net.pressed.safetensors');
  await pressFile({
    path,
    output: { path: output, temporary: `${output}.tmp` },
    plan: {
      version: 1,
      source: { file: 'net' },
      budget: { kept: 0.5 },
      seed: 0,
      tensors: asked.map(([tensor, method, rank]) => ({
        tensor,
        method,
        rank,
        kept: 0.5,
        relativeError: 0,
        reason: '',
      })),
    },
  });
  return output;
}

function reconstruct(path: string, output: string, job = unattended) {
  return reconstructFile({ path, output: { path: output, temporary: `${output}.tmp` } }, job);
}

describe('reconstructing', () => {
  it('gives names, order, shapes, types and metadata of the source back', async () => {
    const tensors = [
      bias,
      { ...conv, dtype: 'float16' as const },
      { name: 'steps', shape: [], values: [3], dtype: 'int64' as const },
      fc,
    ];
    const path = await writeWeights(at('net.safetensors'), tensors, { origin: 'a test' });
    const pressed = await press(path, ['conv', 'tucker', [8, 6, 3, 3]], ['fc', 'svd', 12]);
    const report = await reconstruct(pressed, at('dense.safetensors'));
    expect(report.reconstructed).toEqual(['conv', 'fc']);
    const describeFile = (name: string) =>
      withFile(name, async ({ tensors: entries, metadata }) => ({
        metadata,
        entries: entries.map(({ name: tensor, shape, dtype }) => ({ tensor, shape, dtype })),
      }));
    expect(await describeFile(report.output)).toEqual(await describeFile(path));
    const source = await readAll(path);
    const dense = await readAll(report.output);
    expect(dense.get('bias')).toEqual(source.get('bias'));
    expect(dense.get('steps')).toEqual(source.get('steps'));
  });

  it.each<[Method, Rank]>([
    ['svd', 6],
    ['cp', 12],
    ['tucker', [8, 6, 3, 3]],
    ['tt', [1, 6, 6, 8, 1]],
    ['kronecker', 4],
    ['block', 2],
    ['kpd', 2],
  ])('gives the approximation whose error the report of %s told', async (method, rank) => {
    const path = await writeWeights(at('net.safetensors'), [{ ...conv, dtype: 'float64' }]);
    const pressed = await press(path, ['conv', method, rank]);
    const { output } = await reconstruct(pressed, at('dense.safetensors'));
    const error = distance(
      (await readAll(path)).get('conv') ?? [],
      (await readAll(output)).get('conv') ?? [],
    );
    const told = await withFile(pressed, async ({ metadata }) => {
      const header = JSON.parse(metadata.tensorpress) as {
        tensors: Record<string, { relativeError: number }>;
      };
      return header.tensors.conv.relativeError;
    });
    expect(error).toBeCloseTo(told, 12);
    expect(error).toBeLessThan(0.9);
    expect(error).toBeGreaterThan(1e-3);
  });

  it('writes .npz and .npy back where the source was one', async () => {
    const npz = await writeWeights(at('net.npz'), [fc, bias]);
    const { output } = await reconstruct(await press(npz, ['fc', 'svd', 4]), at('dense.npz'));
    await withFile(output, async (file) => {
      expect(file.format).toBe('npz');
      expect(file.tensors.map(({ name }) => name)).toEqual(['fc', 'bias']);
    });
    const npy = await writeWeights(at('fc.npy'), [fc]);
    const single = await reconstruct(await press(npy, ['fc', 'svd', 4]), at('dense.npy'));
    expect(await withFile(single.output, async ({ format }) => format)).toBe('npy');
  });

  it('takes the format of the source where the extension says none', async () => {
    const npz = await writeWeights(at('net.npz'), [fc, bias]);
    const { output } = await reconstruct(await press(npz, ['fc', 'svd', 4]), at('dense.weights'));
    expect(await withFile(output, async ({ format }) => format)).toBe('npz');
  });
});

describe('reconstructing refuses', () => {
  it('a file that is not pressed', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    await expect(reconstruct(path, at('dense.safetensors'))).rejects.toThrow(UsageError);
  });

  it('to write over the pressed file', async () => {
    const pressed = await press(await writeWeights(at('net.safetensors'), [fc]), ['fc', 'svd', 2]);
    const before = await bytesOf(pressed);
    await expect(reconstruct(pressed, pressed)).rejects.toThrow(UsageError);
    expect((await bytesOf(pressed)).equals(before)).toBe(true);
  });

  it('a format that has no place for a tensor', async () => {
    const raw = { dtype: 'F8_E5M2', bytes: Uint8Array.of(1, 2) };
    const odd = { name: 'odd', shape: [2], values: [], raw };
    const path = await writeWeights(at('net.safetensors'), [fc, odd]);
    const pressed = await press(path, ['fc', 'svd', 2]);
    await expect(reconstruct(pressed, at('dense.npz'))).rejects.toThrow(UnsupportedError);
    await reconstruct(pressed, at('dense.safetensors'));
  });

  it('nothing half-way: a cancelled run leaves no file', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc, conv]);
    const pressed = await press(path, ['fc', 'svd', 2], ['conv', 'cp', 3]);
    const before = await readdir(dirname(pressed));
    const all = stopAfter(Infinity);
    await reconstruct(pressed, at('x.safetensors'), all);
    for (let stop = 1; stop <= all.seen(); stop++) {
      const run = reconstruct(pressed, at('dense.safetensors'), stopAfter(stop));
      await expect(run).rejects.toThrow(CancelledError);
    }
    expect((await readdir(dirname(pressed))).sort()).toEqual([...before, 'x.safetensors'].sort());
  });
});

describe('a pressed file larger than any memory', () => {
  it('is a lack of memory, not damage, and leaves nothing behind', async () => {
    const size = 1_000_000;
    const header = {
      formatVersion: 1,
      tool: { name: 'TensorPress', version: '0' },
      source: { name: 'net.safetensors', format: 'safetensors', bytes: 1, sha256: '' },
      seed: 0,
      tensors: {
        w: {
          method: 'svd',
          shape: [size, size],
          dtype: 'float32',
          rank: 1,
          factors: [
            { name: 'left', tensor: 'w.left' },
            { name: 'right', tensor: 'w.right' },
          ],
          attributes: {},
          relativeError: 0,
        },
      },
    };
    const path = await writeWeights(
      at('huge.safetensors'),
      [
        { name: 'w.left', shape: [size, 1], values: new Float32Array(size) },
        { name: 'w.right', shape: [1, size], values: new Float32Array(size) },
      ],
      { tensorpress: JSON.stringify(header) },
    );
    const result = reconstruct(path, at('dense.safetensors'));
    await expect(result).rejects.toThrow(OutOfMemoryError);
    await expect(result).rejects.toThrow('"w" cannot be rebuilt');
    expect(await readdir(dirname(path))).toEqual(['huge.safetensors']);
  });
});

describe('a damaged pressed file', () => {
  /** The pressed file with its header's text changed, lengths kept. */
  async function changed(from: string | RegExp, to: string): Promise<string> {
    const path = await writeWeights(at('net.safetensors'), [fc, bias]);
    const bytes = await bytesOf(await press(path, ['fc', 'svd', 2]));
    const length = Number(bytes.readBigUInt64LE(0));
    const text = bytes.toString('utf8', 8, 8 + length);
    const header = Buffer.from(text.replace(from, to).trimEnd());
    expect(header.toString()).not.toBe(text.trimEnd());
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(header.byteLength));
    await writeFile(
      at('changed.safetensors'),
      Buffer.concat([prefix, header, bytes.subarray(8 + length)]),
    );
    return at('changed.safetensors');
  }

  it.each<[string, string | RegExp, string, string]>([
    ['another version', '\\"formatVersion\\":1', '\\"formatVersion\\":9', 'version 9'],
    ['an unknown method', '\\"svd\\"', '\\"xyz\\"', 'unknown method "xyz"'],
    ['a missing factor', /"fc\.left"(?=:\{"dtype)/, '"fc.lost"', 'lacks its factor "fc.left"'],
    ['a rank that does not fit', '\\"rank\\":2', '\\"rank\\":3', 'cannot be rebuilt'],
    [
      'a shape that does not fit',
      '\\"shape\\":[20,30]',
      '\\"shape\\":[10,30]',
      'cannot be rebuilt',
    ],
    ['no shape', '\\"shape\\":[20,30]', '\\"shape\\":null', 'tensors.fc.shape'],
    ['JSON that ends early', /\}\}"\}/, '}"}', 'is not valid JSON'],
  ])('with %s is one clear error', async (_, from, to, message) => {
    const path = await changed(from, to);
    await expect(reconstruct(path, at('dense.safetensors'))).rejects.toThrow(message);
    expect(await readdir(dirname(path))).not.toContain('dense.safetensors');
  });
});
