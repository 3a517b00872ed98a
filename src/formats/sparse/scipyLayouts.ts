import type { Job } from '../../engine/job';
import { formatShape, type FloatArray } from '../../engine/tensor/tensor';
import { FormatError } from '../../failures';

export type ScipyLayout = 'csr' | 'csc' | 'bsr' | 'coo' | 'dia';

interface Numbers {
  readonly shape: readonly number[];
  readonly data: FloatArray;
}

/** The arrays of one archive. */
export interface ScipyArrays {
  /** Name for messages. */
  readonly file: string;
  /** Of the sparse matrix (coo: or tensor). */
  readonly shape: readonly number[];
  has(name: string): boolean;
  read(name: string): Promise<Numbers>;
}

export interface Coordinates {
  readonly indices: readonly Uint32Array[];
  readonly values: Float64Array;
}

/** Entries written between two looks at the stop sign. */
const stride = 2 ** 18;

/**
 * The entries of a sparse matrix as coordinates, in the order they are stored.
 * @throws FormatError when the arrays do not fit together or lead outside the matrix.
 */
export async function expandScipy(
  layout: ScipyLayout,
  arrays: ScipyArrays,
  job: Job,
): Promise<Coordinates> {
  if (layout === 'coo') {
    return expandCoo(arrays);
  }
  if (arrays.shape.length !== 2) {
    throw wrong(arrays, `is a ${layout} of ${formatShape(arrays.shape)}, which is no matrix`);
  }
  switch (layout) {
    case 'csr':
      return expandCompressed(arrays, 0, job);
    case 'csc':
      return expandCompressed(arrays, 1, job);
    case 'bsr':
      return expandBlocks(arrays, job);
    case 'dia':
      return expandDiagonals(arrays);
  }
}

async function expandCoo(arrays: ScipyArrays): Promise<Coordinates> {
  const values = inDouble((await arrays.read('data')).data);
  const modes = await coordinateArrays(arrays, values.length);
  const indices = modes.map((keys, mode) => checkedIndices(arrays, keys, arrays.shape[mode]));
  return { indices, values };
}

/** One array per mode: `row` and `col`, or since SciPy 1.13 the rows of `coords`. */
async function coordinateArrays(
  arrays: ScipyArrays,
  count: number,
): Promise<readonly FloatArray[]> {
  if (!arrays.has('coords')) {
    const modes = [(await arrays.read('row')).data, (await arrays.read('col')).data];
    requireLength(arrays, 'row', modes[0].length, count);
    requireLength(arrays, 'col', modes[1].length, count);
    if (arrays.shape.length !== 2) {
      throw wrong(arrays, `has rows and columns but the shape ${formatShape(arrays.shape)}`);
    }
    return modes;
  }
  const { shape, data } = await arrays.read('coords');
  requireLength(arrays, 'coords', data.length, arrays.shape.length * count);
  if (shape[0] !== arrays.shape.length) {
    throw wrong(
      arrays,
      `has coordinates of ${formatShape(shape)} for ${formatShape(arrays.shape)}`,
    );
  }
  return arrays.shape.map((_, mode) => data.subarray(mode * count, (mode + 1) * count));
}

/** CSR, and CSC as the CSR of the transpose: `major` is the mode that `indptr` runs along. */
async function expandCompressed(arrays: ScipyArrays, major: 0 | 1, job: Job): Promise<Coordinates> {
  const pointers = await readPointers(arrays, arrays.shape[major]);
  const total = pointers[pointers.length - 1];
  const minor = await readAtLeast(arrays, 'indices', total);
  const data = await readAtLeast(arrays, 'data', total);
  const along = new Uint32Array(total);
  for (let i = 0; i + 1 < pointers.length; i++) {
    along.fill(i, pointers[i], pointers[i + 1]);
    if (i % stride === 0) {
      job.throwIfCancelled();
    }
  }
  const across = checkedIndices(arrays, minor, arrays.shape[1 - major]);
  return {
    indices: major === 0 ? [along, across] : [across, along],
    values: inDouble(data),
  };
}

/** Dense blocks; zeros in them are not counted as stored entries. */
async function expandBlocks(arrays: ScipyArrays, job: Job): Promise<Coordinates> {
  const blocks = await arrays.read('data');
  const [count, height, width] = blocks.shape;
  const [rows, columns] = arrays.shape;
  if (blocks.shape.length !== 3 || !(height > 0 && width > 0)) {
    throw wrong(arrays, `has blocks of shape ${formatShape(blocks.shape)}`);
  }
  if (rows % height !== 0 || columns % width !== 0) {
    throw wrong(
      arrays,
      `has blocks of ${height} × ${width}, which do not divide ${rows} × ${columns}`,
    );
  }
  const pointers = await readPointers(arrays, rows / height);
  const total = pointers[pointers.length - 1];
  if (total > count) {
    throw wrong(arrays, `has ${count} blocks, but its pointers speak of ${total}`);
  }
  const places = checkedIndices(
    arrays,
    await readAtLeast(arrays, 'indices', total),
    columns / width,
  );
  const size = height * width;
  let nonzeros = 0;
  for (let at = 0; at < total * size; at++) {
    nonzeros += blocks.data[at] === 0 ? 0 : 1;
  }
  const rowsOf = new Uint32Array(nonzeros);
  const columnsOf = new Uint32Array(nonzeros);
  const values = new Float64Array(nonzeros);
  let e = 0;
  for (let i = 0; i + 1 < pointers.length; i++) {
    job.throwIfCancelled();
    for (let block = pointers[i]; block < pointers[i + 1]; block++) {
      for (let at = 0; at < size; at++) {
        const value = blocks.data[block * size + at];
        if (value !== 0) {
          rowsOf[e] = i * height + Math.floor(at / width);
          columnsOf[e] = places[block] * width + (at % width);
          values[e++] = value;
        }
      }
    }
  }
  return { indices: [rowsOf, columnsOf], values };
}

/** Row k of `data` is the diagonal of offset `offsets[k]`: column j holds the entry (j - offset, j). */
async function expandDiagonals(arrays: ScipyArrays): Promise<Coordinates> {
  const { shape, data } = await arrays.read('data');
  const offsets = (await arrays.read('offsets')).data;
  const [rows, columns] = arrays.shape;
  if (shape.length !== 2 || shape[0] !== offsets.length) {
    throw wrong(arrays, `has ${offsets.length} diagonals but data of ${formatShape(shape)}`);
  }
  const length = Math.min(shape[1], columns);
  const found: number[][] = [[], [], []];
  for (let k = 0; k < offsets.length; k++) {
    const offset = offsets[k];
    if (!Number.isSafeInteger(offset)) {
      throw wrong(arrays, `has a diagonal at ${offset}`);
    }
    for (let column = Math.max(0, offset); column < Math.min(length, rows + offset); column++) {
      const value = data[k * shape[1] + column];
      if (value !== 0) {
        found[0].push(column - offset);
        found[1].push(column);
        found[2].push(value);
      }
    }
  }
  return {
    indices: [Uint32Array.from(found[0]), Uint32Array.from(found[1])],
    values: Float64Array.from(found[2]),
  };
}

/** `indptr`: from 0, never falling, one more than there are rows. */
async function readPointers(arrays: ScipyArrays, rows: number): Promise<FloatArray> {
  const pointers = (await arrays.read('indptr')).data;
  requireLength(arrays, 'indptr', pointers.length, rows + 1);
  for (let i = 0; i < pointers.length; i++) {
    const before = i === 0 ? 0 : pointers[i - 1];
    if (
      !Number.isSafeInteger(pointers[i]) ||
      pointers[i] < before ||
      (i === 0 && pointers[0] !== 0)
    ) {
      throw wrong(arrays, `has the pointer ${pointers[i]} after ${before}`);
    }
  }
  return pointers;
}

/** The first `count` elements; SciPy may leave room behind them. */
async function readAtLeast(arrays: ScipyArrays, name: string, count: number): Promise<FloatArray> {
  const { data } = await arrays.read(name);
  if (data.length < count) {
    throw wrong(arrays, `has ${data.length} "${name}", but its pointers speak of ${count}`);
  }
  return data.subarray(0, count);
}

function checkedIndices(arrays: ScipyArrays, keys: FloatArray, size: number): Uint32Array {
  const checked = new Uint32Array(keys.length);
  for (let e = 0; e < keys.length; e++) {
    const key = keys[e];
    if (!Number.isInteger(key) || key < 0 || key >= size) {
      throw wrong(arrays, `has the index ${key} at entry ${e + 1}, where there are ${size}`);
    }
    checked[e] = key;
  }
  return checked;
}

function inDouble(data: FloatArray): Float64Array {
  return data instanceof Float64Array ? data : new Float64Array(data);
}

function requireLength(arrays: ScipyArrays, name: string, length: number, expected: number): void {
  if (length !== expected) {
    throw wrong(arrays, `has ${length} numbers in "${name}", where ${expected} are needed`);
  }
}

function wrong({ file }: ScipyArrays, what: string): FormatError {
  return new FormatError(`"${file}" ${what}; it is damaged.`, { file });
}
