import { createRandom, type Random } from '../src/engine/random';
import { bfloat16Bits } from '../src/formats/halfPrecision';
import { writeSafetensors } from '../src/formats/safetensorsWriter';
import { writeAtomically } from '../src/io/atomicWrite';
import { applyMixing, mixingEntry, splitSize } from './mixing';

export interface LargeLayerOptions {
  /** By default 4096 x 11008, an MLP layer of a transformer with seven billion parameters. */
  readonly rows?: number;
  readonly columns?: number;
  readonly seed?: number;
}

export interface LargeLayer {
  readonly shape: readonly [number, number];
  /** Of the matrix before it was rounded, descending. */
  readonly singularValues: Float64Array;
  /** The bfloat16 bits, row-major. */
  readonly bits: Uint16Array<ArrayBuffer>;
}

/** Name of the one tensor in the file. */
export const largeLayerName = 'mlp.down_proj.weight';

/** Root mean square of the elements, as trained layers of this size have it. */
const elementSize = 0.02;
/** Largest singular value, in units of the noise's standard deviation times sqrt(columns). */
const peak = 20;
const decay = 0.5;

/**
 * s_k^2 = (20 k^-0.5)^2 + noise_k^2, scaled to the size of the elements: a power law over a floor of
 * noise, whose singular values fall from 1 + sqrt(rows / columns) to 1 - sqrt(rows / columns), the
 * edges of the Marchenko-Pastur law of a random matrix of that shape. Of `rows` <= `columns`.
 */
export function largeLayerSpectrum(rows: number, columns: number): Float64Array {
  const width = Math.sqrt(rows / columns);
  const values = Float64Array.from({ length: rows }, (_, k) => {
    const signal = peak * (k + 1) ** -decay;
    const noise = 1 + width * (1 - (2 * k) / Math.max(1, rows - 1));
    return Math.hypot(signal, noise);
  });
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  const wanted = elementSize * Math.sqrt(rows * columns);
  return values.map((value) => (value * wanted) / norm);
}

/**
 * W = U diag(s) V^T with U and V exactly orthonormal, so that the singular values are known without
 * a decomposition, in O(rows columns log rows) and with one block of columns in memory beside the
 * result. U = D1 Q_rows D2 and V = D3 Q_columns P: Q is the Kronecker product of a Hartley and a
 * Hadamard matrix (bench/mixing.ts), D are random signs, P takes `rows` random columns of the
 * others. A row of W is thus a sum of all singular vectors with random signs, and its elements are
 * close to normally distributed. Rounding to bfloat16 adds noise of about 0.2 % of the norm.
 * `rows` <= `columns`, whose largest odd factors should be small: Hartley costs their square.
 */
export function createLargeLayer(options: LargeLayerOptions = {}): LargeLayer {
  const { rows = 4096, columns = 11008, seed = 0 } = options;
  if (rows > columns) {
    throw new Error(`A layer of ${rows} x ${columns} is tall; make it wide and transpose it.`);
  }
  const random = createRandom(seed);
  const singularValues = largeLayerSpectrum(rows, columns);
  const signsOfRows = signs(random, rows);
  const signsInside = signs(random, rows);
  const signsOfColumns = signs(random, columns);
  const picked = shuffled(random, columns).subarray(0, rows);
  const bits = new Uint16Array(rows * columns);
  const width = splitSize(columns).powerOfTwo;
  const block = new Float64Array(rows * width);
  const rounded = new Uint16Array(rows * width);
  for (let from = 0; from < columns; from += width) {
    for (let k = 0, at = 0; k < rows; k++) {
      const scale = singularValues[k] * signsInside[k];
      for (let j = from; j < from + width; j++, at++) {
        block[at] = scale * signsOfColumns[j] * mixingEntry(columns, j, picked[k]);
      }
    }
    applyMixing(block, rows, width);
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < width; j++, at++) {
        block[at] *= signsOfRows[i];
      }
    }
    bfloat16Bits(block, rounded);
    for (let i = 0; i < rows; i++) {
      bits.set(rounded.subarray(i * width, (i + 1) * width), i * columns + from);
    }
  }
  return { shape: [rows, columns], singularValues, bits };
}

/** Writes {@link createLargeLayer} as a safetensors file; resolves to the singular values. */
export async function writeLargeLayer(
  path: string,
  options: LargeLayerOptions = {},
): Promise<Float64Array> {
  const { shape, bits, singularValues } = createLargeLayer(options);
  const bytes = new Uint8Array(bits.buffer);
  const tensor = {
    name: largeLayerName,
    shape,
    dtype: 'bfloat16' as const,
    byteLength: bytes.byteLength,
    bytes: () => Promise.resolve(bytes),
  };
  await writeAtomically({ path, temporary: `${path}.tmp` }, (sink) =>
    writeSafetensors(sink, [tensor], {}),
  );
  return singularValues;
}

function signs(random: Random, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => (random.next() < 0.5 ? -1 : 1));
}

/** 0 .. count-1 in random order (Fisher and Yates). */
function shuffled(random: Random, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
