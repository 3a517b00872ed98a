import { createRandom } from '../random';
import type { Job } from '../job';
import { crossApproximation, type CrossApproximation, type Sample } from './crossApproximation';
import { requireCount, requireMatrixFor } from './fitting';
import type { Matrix } from '../linalg/matrix';
import { occupied, placeOf, type Occupied } from './occupied';
import { drawWeighted } from './sampling';
import { pickRows, squaredRowNorms } from './sparseProducts';
import type { SparseModel } from './sparseModel';
import { compressedRows, transposed, type CompressedRows, type SparseTensor } from './sparseTensor';

export interface SampledOptions {
  /** Columns to draw, c; with replacement. */
  readonly columns: number;
  /** Rows to draw, r. */
  readonly rows: number;
  readonly seed?: number;
}

/** C, U and R of X ~ C U R, in the indices of X. */
export interface CrossFactors {
  /** Columns of X in C, and rows of X in R, ascending; each once, however often it was drawn. */
  readonly columns: Uint32Array;
  readonly rows: Uint32Array;
  /** Line t: rows (as `columns` of the lines) and values of column `columns[t]`. */
  readonly C: CompressedRows;
  /** Line t: columns and values of row `rows[t]`. */
  readonly R: CompressedRows;
  /** U, columns kept x rows kept. */
  readonly middle: Matrix;
}

export interface CrossModel extends SparseModel {
  /** Copied from X when asked for. */
  factors(): CrossFactors;
}

/** What CUR and CMD have in common: the draws, and the approximation they lead to. */
export interface SampledApproximation extends CrossApproximation {
  /** Draws, with repetitions, as numbers of occupied columns and rows. */
  readonly drawnColumns: Uint32Array;
  readonly drawnRows: Uint32Array;
  readonly kept: Occupied;
  readonly byColumn: CompressedRows;
  readonly byRow: CompressedRows;
  entry(index: readonly number[]): number;
  factors(): CrossFactors;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** A matrix without empty rows and columns, by columns and by rows. */
interface MatrixLines {
  readonly kept: Occupied;
  readonly byColumn: CompressedRows;
  readonly byRow: CompressedRows;
}

/** Models take entries from these, and there are many models of a tensor: all have the same ones. */
const knownLines = new WeakMap<SparseTensor, MatrixLines>();

/** Columns and rows of X, made once for as long as X is there. @throws CancelledError. */
export function matrixLines(X: SparseTensor, job: Job): MatrixLines {
  let lines = knownLines.get(X);
  if (!lines) {
    const kept = occupied(X);
    const byColumn = compressedRows(transposed(kept.tensor, job));
    lines = { kept, byColumn, byRow: compressedRows(kept.tensor) };
    knownLines.set(X, lines);
  }
  return lines;
}

/**
 * Draws columns with p_j = ||X[:,j]||^2 / ||X||^2 and rows likewise, so that an empty one never
 * enters, and approximates X by them. More draws than there are columns or rows are clipped.
 * @throws UsageError for a tensor of another order and impossible counts, OutOfMemoryError.
 */
export async function approximateFromSamples(
  name: string,
  X: SparseTensor,
  options: SampledOptions,
  rank: number,
  job: Job,
): Promise<SampledApproximation> {
  requireMatrixFor(name, X);
  requireCount('number of columns', options.columns);
  requireCount('number of rows', options.rows);
  const { kept, byColumn, byRow } = matrixLines(X, job);
  const { tensor, places } = kept;
  const random = createRandom(options.seed ?? 0);
  const [c, r] = [Math.min(options.columns, X.dims[1]), Math.min(options.rows, X.dims[0])];
  const columnWeights = squaredRowNorms(byColumn);
  const rowWeights = squaredRowNorms(byRow);
  const drawnColumns = drawWeighted(columnWeights, c, random);
  const drawnRows = drawWeighted(rowWeights, r, random);
  const columns = sampleOf(drawnColumns, columnWeights);
  const rows = sampleOf(drawnRows, rowWeights);
  const cross = await crossApproximation(tensor, columns, rows, rank, job);
  return {
    ...cross,
    drawnColumns,
    drawnRows,
    kept,
    byColumn,
    byRow,
    entry(index) {
      const i = placeOf(places[0], index[0]);
      const j = placeOf(places[1], index[1]);
      return i < 0 || j < 0 ? 0 : entryOf(cross, byRow, byColumn, i, j);
    },
    factors: () => ({
      columns: inTensor(places[1], cross.columns),
      rows: inTensor(places[0], cross.rows),
      C: linesInTensor(pickRows(byColumn, cross.columns), places[0]),
      R: linesInTensor(pickRows(byRow, cross.rows), places[1]),
      middle: cross.middle,
    }),
    details: {
      columns: c,
      rows: r,
      distinctColumns: columns.indices.length,
      distinctRows: rows.indices.length,
      rank: cross.rank,
      ...(c < options.columns && { wantedColumns: options.columns }),
      ...(r < options.rows && { wantedRows: options.rows }),
      seed: options.seed ?? 0,
    },
  };
}

/** Indices in the tensor of occupied places. */
function inTensor(places: Uint32Array | undefined, occupied: Uint32Array): Uint32Array {
  return places ? occupied.map((place) => places[place]) : occupied;
}

function linesInTensor(lines: CompressedRows, places: Uint32Array | undefined): CompressedRows {
  return { ...lines, columns: inTensor(places, lines.columns) };
}

/** Distinct draws with weight times drawn / (draws p) = times total / (draws ||x||^2). */
export function sampleOf(drawn: Uint32Array, squaredNorms: Float64Array): Sample {
  const sorted = drawn.slice().sort();
  const indices = sorted.filter((index, t) => t === 0 || index !== sorted[t - 1]);
  const total = squaredNorms.reduce((sum, value) => sum + value, 0);
  const weights = new Float64Array(indices.length);
  let at = 0;
  for (const index of sorted) {
    at += index === indices[at] ? 0 : 1;
    weights[at] += total / (drawn.length * squaredNorms[index]);
  }
  return { indices, weights };
}

/** C[i,:] U R[:,j], through the entries of row i in kept columns and of column j in kept rows. */
function entryOf(
  { columns, rows, middle }: CrossApproximation,
  byRow: CompressedRows,
  byColumn: CompressedRows,
  i: number,
  j: number,
): number {
  let sum = 0;
  for (let e = byRow.pointers[i]; e < byRow.pointers[i + 1]; e++) {
    const t = placeOf(columns, byRow.columns[e]);
    if (t < 0) {
      continue;
    }
    for (let f = byColumn.pointers[j]; f < byColumn.pointers[j + 1]; f++) {
      const s = placeOf(rows, byColumn.columns[f]);
      if (s >= 0) {
        sum += byRow.values[e] * middle.data[t * middle.columns + s] * byColumn.values[f];
      }
    }
  }
  return sum;
}

/** Entries of the lines `which`, each counted as often as it is named. */
export function entriesOf(lines: CompressedRows, which: Uint32Array): number {
  return which.reduce((sum, line) => sum + lines.pointers[line + 1] - lines.pointers[line], 0);
}

/**
 * Bytes of C, U, R and the selected indices: 8 per value, 4 per index. C of z entries in c columns
 * takes 12 z + 4 (c + 1), or, dense, 8 N c; the smaller sum counts.
 */
export function crossBytes(
  dims: readonly number[],
  columns: { readonly count: number; readonly entries: number },
  rows: { readonly count: number; readonly entries: number },
): { readonly sparse: number; readonly dense: number; readonly bytes: number } {
  const [c, r] = [columns.count, rows.count];
  const rest = 8 * c * r + 4 * (c + r);
  const sparse = 12 * (columns.entries + rows.entries) + 4 * (c + 1) + 4 * (r + 1) + rest;
  const dense = 8 * (dims[0] * c + r * dims[1]) + rest;
  return { sparse, dense, bytes: Math.min(sparse, dense) };
}
