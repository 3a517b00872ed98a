import type { Job } from '../../job';
import { addProduct } from '../../linalg/blockedProduct';
import { createMatrix, type Matrix } from '../../linalg/matrix';
import { dot } from '../../linalg/vectors';
import { requireRoom } from '../fitting';
import { placeOf } from '../occupied';
import { lookingEvery } from '../sparseProducts';
import { squaredNorm, type SparseTensor } from '../sparseTensor';
import type { Box } from './approximation';
import { digitsOf } from './pieces';

/**
 * A tensor whose fibres along the last mode are combinations of the rows of one factor: the fibre at
 * given places of the other modes has R coefficients, and its element j is their product with row j.
 */
export interface FibreModel {
  readonly places: readonly (Uint32Array | undefined)[];
  /** Slices that the factors have, per mode. */
  readonly sizes: readonly number[];
  /** Of the last mode, slices x R. */
  readonly last: Matrix;
  /** Writes R coefficients of the fibre at `digits` (places of all modes but the last). */
  coefficients(digits: readonly number[], target: Float64Array, at: number): void;
  /** ||X~||^2. */
  square(job: Job): number;
}

export function fibreEntry(model: FibreModel, index: readonly number[]): number {
  const places = index.map((i, mode) => placeOf(model.places[mode], i));
  if (places.includes(-1)) {
    return 0;
  }
  const { columns: R, data } = model.last;
  const coefficients = new Float64Array(R);
  model.coefficients(places.slice(0, -1), coefficients, 0);
  return dot(coefficients, 0, data, places[places.length - 1] * R, R);
}

/** `fill` of an approximation: one product for a box. Coefficients are kept from box to box. */
export function fibreFiller(model: FibreModel): (box: Box, target: Float64Array, job: Job) => void {
  const { columns: R, data } = model.last;
  let held: { readonly row: number; readonly rows: number; readonly W: Float64Array } | undefined;
  return ({ row, rows, column, columns }, target, job) => {
    if (held?.row !== row || held.rows !== rows) {
      const W = new Float64Array(rows * R);
      forEachRow(model.sizes, row, rows, (digits, i) => model.coefficients(digits, W, i * R));
      held = { row, rows, W };
    }
    addProduct(
      { m: rows, n: columns, k: R },
      { data: held.W, rowStride: R, columnStride: 1 },
      { data: data.subarray(column * R, (column + columns) * R), rowStride: 1, columnStride: R },
      target,
      { into: 'replace', job },
    );
  };
}

/** Places of all modes but the last, row after row. */
function forEachRow(
  sizes: readonly number[],
  row: number,
  rows: number,
  visit: (digits: readonly number[], i: number) => void,
): void {
  const digits = digitsOf(row, sizes);
  for (let i = 0; i < rows; i++) {
    visit(digits, i);
    for (let mode = digits.length - 1; mode >= 0 && ++digits[mode] === sizes[mode]; mode--) {
      digits[mode] = 0;
    }
  }
}

/** ||X||^2 - 2 <X, X~> + ||X~||^2. Entries of X that share a fibre share its coefficients. */
export function fibreError(model: FibreModel, X: SparseTensor, job: Job): number {
  const { columns: R, data } = model.last;
  const order = X.dims.length;
  const coefficients = new Float64Array(R);
  const fibre = new Array<number>(order - 1).fill(-1);
  const digits = new Array<number>(order - 1).fill(-1);
  const look = lookingEvery(job);
  let inner = 0;
  for (let e = 0; e < X.values.length; e++) {
    let isSame = e > 0;
    for (let mode = 0; mode < order - 1; mode++) {
      const index = X.indices[mode][e];
      if (fibre[mode] !== index) {
        isSame = false;
        fibre[mode] = index;
        digits[mode] = placeOf(model.places[mode], index);
      }
    }
    if (digits.includes(-1)) {
      continue;
    }
    if (!isSame) {
      model.coefficients(digits, coefficients, 0);
    }
    const j = placeOf(model.places[order - 1], X.indices[order - 1][e]);
    if (j >= 0) {
      inner += X.values[e] * dot(coefficients, 0, data, j * R, R);
    }
    look(2 * R);
  }
  // Rounding may leave a little less than nothing of a perfect approximation.
  return Math.max(0, squaredNorm(X) - 2 * inner + model.square(job));
}

/** A^T A. @throws OutOfMemoryError. */
export function columnGram({ rows, columns, data }: Matrix, job: Job): Matrix {
  requireRoom(columns * columns, 'Products of the factors', 'Use a machine with more memory.', job);
  const result = createMatrix(columns, columns);
  addProduct(
    { m: columns, n: columns, k: rows },
    { data, rowStride: 1, columnStride: columns },
    { data, rowStride: columns, columnStride: 1 },
    result.data,
    { into: 'replace', job },
  );
  return result;
}
