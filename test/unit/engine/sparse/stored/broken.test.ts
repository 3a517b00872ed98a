import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Failure, FormatError, UnsupportedError } from '../../../../../src/failures';
import { unattended } from '../../../../../src/engine/job';
import { createRandom } from '../../../../../src/engine/random';
import type { SparseTensor } from '../../../../../src/engine/sparse/sparseTensor';
import { openStored, openStoredFile, storedBytes } from '../../../../../src/engine/sparse/stored';
import { openMemoryFile } from '../../../../../src/io/memoryFile';
import { factorCases, gappyMatrix, neukron, opened } from './models';

const options = { withOrders: true, type: 'float32' } as const;

/** Opens bytes and uses all they stand for; whatever goes wrong must be a failure in words. */
async function survives(bytes: Uint8Array, X: SparseTensor): Promise<boolean> {
  try {
    const stored = await opened(bytes);
    stored.entry(stored.dims.map((size) => size - 1));
    if (stored.dims.reduce((product, size) => product * size, 1) < 1e6) {
      stored.forEachPiece(() => {}, unattended);
    }
    stored.squaredError(X, unattended);
    return true;
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'internal' || error.message.length < 20) {
      throw error;
    }
    return false;
  }
}

interface Header {
  readonly __metadata__: Record<string, string>;
}

type Tensors = Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>;

/** The file with another JSON header in front of the same data. */
function withHeader(
  bytes: Uint8Array,
  change: (stored: Record<string, unknown>, tensors: Tensors) => void,
): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Header;
  const { __metadata__: metadata, ...tensors } = header;
  const stored = JSON.parse(metadata['tensorpress.sparse']) as Record<string, unknown>;
  change(stored, tensors);
  const changed = { __metadata__: { 'tensorpress.sparse': JSON.stringify(stored) }, ...tensors };
  const text = new TextEncoder().encode(JSON.stringify(changed));
  const result = new Uint8Array(8 + text.length + bytes.length - 8 - length);
  new DataView(result.buffer).setBigUint64(0, BigInt(text.length), true);
  result.set(text, 8);
  result.set(bytes.subarray(8 + length), 8 + text.length);
  return result;
}

/** The file with the bytes of a tensor changed. */
function withData(bytes: Uint8Array, name: string, change: (view: DataView) => void): Uint8Array {
  const copy = bytes.slice();
  const length = Number(new DataView(copy.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(copy.subarray(8, 8 + length))) as Tensors;
  const [from, to] = header[name].data_offsets;
  change(new DataView(copy.buffer, 8 + length + from, to - from));
  return copy;
}

async function fileOf(name: string): Promise<{ bytes: Uint8Array; X: SparseTensor }> {
  const { fit, X } = factorCases.find((one) => one.name === name)!;
  return { bytes: await storedBytes(await fit(), X, options), X };
}

describe.each(factorCases)('a damaged file of $name', ({ X, fit }) => {
  it('is refused in words wherever it is cut off', async () => {
    const bytes = await storedBytes(await fit(), X, options);
    const step = Math.max(1, Math.floor(bytes.length / 150));
    for (let length = 0; length < bytes.length; length += step) {
      expect(await survives(bytes.slice(0, length), X)).toBe(false);
    }
    expect(await survives(bytes, X)).toBe(true);
  });

  it('never fails but in words when bytes are changed', async () => {
    const bytes = await storedBytes(await fit(), X, options);
    const random = createRandom(11);
    const step = Math.max(1, Math.floor(bytes.length / 250));
    let refused = 0;
    for (let at = 0; at < bytes.length; at += step) {
      const changed = bytes.slice();
      changed[at] ^= 1 + Math.floor(255 * random.next());
      refused += (await survives(changed, X)) ? 0 : 1;
    }
    expect(refused).toBeGreaterThan(20);
  });

  it('is refused when its metadata tell of something else', async () => {
    const bytes = await storedBytes(await fit(), X, options);
    const lies: Parameters<typeof withHeader>[1][] = [
      (stored) => (stored.dims = X.dims.map((size) => Math.ceil(size / 4))),
      (stored) => (stored.dims = [...X.dims, 2]),
      (stored) => (stored.dims = [X.dims[0]]),
      (stored) => (stored.dims = [2 ** 33, 2]),
      (stored) => (stored.dims = 'many'),
      (stored) => (stored.version = 2),
      (stored) => delete stored.version,
      (stored) => (stored.method = 'magic'),
      (stored) => (stored.method = 'neukron'),
      (stored) => (stored.method = stored.method === 'tsvd' ? 'cur' : 'tsvd'),
      (stored) => delete stored.method,
      (stored) => (stored.nonzeros = -1),
      (stored) => (stored.squaredNorm = '7'),
      (stored) => (stored.squaredError = -2),
      (stored) => (stored.settings = { rank: { nested: 1 } }),
      (stored) => delete stored.settings,
      (_, tensors) => {
        const [first] = Object.keys(tensors);
        tensors.extra = { ...tensors[first], data_offsets: [0, 0], shape: [0] };
      },
      (_, tensors) => {
        for (const tensor of Object.values(tensors)) {
          tensor.shape = [...tensor.shape, 1];
        }
      },
    ];
    for (const lie of lies) {
      const changed = withHeader(bytes, (stored, tensors) => void lie(stored, tensors));
      await expect(opened(changed)).rejects.toSatisfy(
        (error) => error instanceof FormatError || error instanceof UnsupportedError,
      );
    }
  });
});

describe('what a file of factors may not hold', () => {
  it('is a number that is not finite', async () => {
    const { bytes } = await fileOf('tsvd, wide');
    const changed = withData(bytes, 'u', (view) => view.setFloat64(16, NaN, true));
    await expect(opened(changed)).rejects.toThrow(/numbers in "u" that are not finite/);
  });

  it('is a place beyond its mode, or one that does not ascend', async () => {
    const { bytes } = await fileOf('tsvd, wide');
    const beyond = withData(bytes, 'places.1', (view) => view.setUint32(0, 41, true));
    await expect(opened(beyond)).rejects.toThrow(/index 41 in "places.1"/);
    const same = withData(bytes, 'places.1', (view) =>
      view.setUint32(4, view.getUint32(0, true), true),
    );
    await expect(opened(same)).rejects.toThrow(/do not ascend/);
  });

  it('is a pointer that goes back, or a row that C does not have', async () => {
    const { bytes } = await fileOf('cmd');
    const back = withData(bytes, 'c.indptr', (view) => view.setUint32(4, 60000, true));
    await expect(opened(back)).rejects.toThrow(/"c.indptr"/);
    const row = withData(bytes, 'c.indices', (view) => view.setUint32(0, 30, true));
    await expect(opened(row)).rejects.toThrow(/index 30 in "c.indices"/);
  });

  it('is a code that no labels can have', async () => {
    const { bytes } = await fileOf('accams');
    const changed = withData(bytes, 'stencil.1.rows.lengths', (view) => view.setUint8(0, 9));
    await expect(opened(changed)).rejects.toThrow(/no code of 30 labels in "stencil.1.rows"/);
  });

  it('is one position for two rows, or a power that does not fit', async () => {
    const { bytes } = await fileOf('kronfit, power 2');
    const twice = withData(bytes, 'orders.0', (view) => {
      // 6 bits each: the second position becomes the first.
      const first = view.getUint8(0) >> 2;
      view.setUint8(0, (first << 2) | (first >> 4));
      view.setUint8(1, ((first & 15) << 4) | (view.getUint8(1) & 15));
    });
    await expect(opened(twice)).rejects.toThrow(/two indices at one position/);
    const beyond = withData(bytes, 'orders.0', (view) => view.setUint8(0, 0xfc));
    await expect(opened(beyond)).rejects.toThrow(/position 63 in "orders.0", of a grid of 36/);
    const power = withHeader(bytes, (stored) => (stored.power = 3));
    await expect(opened(power)).rejects.toThrow(/seed of 6 x 7/);
  });

  it('are factors without rows that claim to be enormous', async () => {
    const { bytes } = await fileOf('cp, matrix');
    const empty = withHeader(bytes, (_, tensors) => {
      for (const name of Object.keys(tensors)) {
        delete tensors[name];
      }
      for (const mode of [0, 1]) {
        tensors[`places.${mode}`] = { dtype: 'U32', shape: [0], data_offsets: [0, 0] };
        tensors[`factors.${mode}`] = { dtype: 'F64', shape: [0, 2 ** 50], data_offsets: [0, 0] };
      }
    });
    const length = Number(new DataView(empty.buffer).getBigUint64(0, true));
    await expect(opened(empty.slice(0, 8 + length))).rejects.toThrow(/rank 1125899906842624/);
  });
});

describe('files that are no compressed tensors', () => {
  it('are told apart by their first bytes', async () => {
    const weights = new TextEncoder().encode('00000000{}      ');
    new DataView(weights.buffer).setBigUint64(0, 8n, true);
    await expect(opened(weights)).rejects.toThrow(/is a weights file and no compressed/);
    const refusal = async (bytes: Uint8Array, name: string): Promise<unknown> => {
      const error = await openStoredFile(openMemoryFile(bytes, name)).catch((e: unknown) => e);
      return error instanceof FormatError ? error.message : error;
    };
    expect(await refusal(new Uint8Array(0), 'a.neukron')).toBe(
      '"a.neukron" is no compressed matrix or tensor: it is empty (0 bytes); download or save it again.',
    );
    expect(await refusal(Uint8Array.of(0x1f, 0x8b, 8, 0), 'a.gz')).toBe(
      '"a.gz" is no compressed matrix or tensor: it is compressed with gzip; unpack it first.',
    );
    expect(await refusal(new TextEncoder().encode('%%MatrixMarket'), 'a.mtx')).toBe(
      '"a.mtx" is no compressed matrix or tensor: it is a text file, not weights.',
    );
    expect(await refusal(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), 'a.bin')).toBe(
      '"a.bin" is no compressed matrix or tensor: it is neither a .neukron file nor a .safetensors file.',
    );
    await expect(openStored('/nowhere/at/all.neukron')).rejects.toThrow(/nowhere/);
  });
});

describe('a damaged .neukron file', () => {
  it('is named where it is refused', async () => {
    const bytes = await storedBytes(await neukron(gappyMatrix), gappyMatrix, options);
    const refused = (changed: Uint8Array): Promise<unknown> =>
      openStoredFile(openMemoryFile(changed, 'graph.neukron'));
    const failure = { details: { file: 'graph.neukron' } };
    const flipped = bytes.slice();
    flipped[99] ^= 1;
    await expect(refused(flipped)).rejects.toMatchObject({
      ...failure,
      message:
        '"graph.neukron" was changed or cut off: its checksum does not fit; write the file again.',
    });
    await expect(refused(bytes.slice(0, 10))).rejects.toMatchObject(failure);
    const newer = bytes.slice();
    newer[7] = 2;
    await expect(refused(newer)).rejects.toThrow(
      /^"graph.neukron" is of version 2; this version of TensorPress reads version 1/,
    );
  });

  it('is refused where it is cut off or changed', async () => {
    const bytes = await storedBytes(await neukron(gappyMatrix), gappyMatrix, options);
    for (let at = 0; at < bytes.length; at += 23) {
      expect(await survives(bytes.slice(0, at), gappyMatrix)).toBe(false);
      const changed = bytes.slice();
      changed[at] ^= 0x41;
      expect(await survives(changed, gappyMatrix)).toBe(false);
    }
  });

  it.each([true, false])(
    'fails in words alone when its checksum fits, orders: %s',
    async (withOrders) => {
      const model = await neukron(gappyMatrix);
      const bytes = await storedBytes(model, gappyMatrix, { ...options, withOrders });
      for (let at = 0; at < bytes.length - 4; at += at < 48 ? 1 : 61) {
        for (const flip of [0x01, 0x80, 0xff]) {
          const changed = bytes.slice();
          changed[at] ^= flip;
          const end = changed.length - 4;
          new DataView(changed.buffer).setUint32(end, crc32(changed.subarray(0, end)), true);
          await survives(changed, gappyMatrix);
        }
      }
    },
  );
});
