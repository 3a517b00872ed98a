import { UsageError } from '../../../failures';
import type { Job } from '../../job';
import { formatShape } from '../../tensor/tensor';
import type { Elements } from '../neukron/decoder';
import type { Approximation, Box } from './approximation';

/** Elements of a piece at most. */
const pieceSize = 2 ** 17;
/** Columns of a box where products of blocks pay: the block then has half as many rows. */
const tileColumns = 512;

/** The chosen indices of a mode: a list, or all of so many. */
type Choice = Uint32Array | number;

/** All elements in `places`, in pieces. @throws UsageError beyond 2^53 elements. */
export function forEachPossible(
  dims: readonly number[],
  { places, width, fill }: Approximation,
  use: (piece: Elements) => void,
  job: Job,
  report: (done: number) => void,
): void {
  const choices = dims.map((size, mode) => places[mode] ?? size);
  forEachBox(dims, choices, width, (box, indices) => {
    const values = new Float64Array(box.rows * box.columns);
    fill(box, values, job);
    use({ indices: indices(), values });
    report(values.length);
    job.throwIfCancelled();
  });
}

/**
 * All elements outside `places`, which are 0, in pieces: those whose first mode with an empty slice
 * is the first, then those where it is the second, and so on.
 */
export function forEachZero(
  dims: readonly number[],
  places: Approximation['places'],
  use: (piece: Elements) => void,
  job: Job,
  report: (done: number) => void,
): void {
  for (const [first, occupied] of places.entries()) {
    if (!occupied) {
      continue;
    }
    for (const empty of emptyRuns(occupied, dims[first])) {
      const choices = dims.map((size, mode) =>
        mode < first ? (places[mode] ?? size) : mode === first ? empty : size,
      );
      forEachBox(dims, choices, 'all', (box, indices) => {
        job.throwIfCancelled();
        const values = new Float64Array(box.rows * box.columns);
        use({ indices: indices(), values });
        report(values.length);
      });
    }
  }
}

/** Lists, of a piece's length at most, of the indices below `size` that are not in `occupied`. */
function* emptyRuns(occupied: Uint32Array, size: number): Generator<Uint32Array> {
  const run = new Uint32Array(Math.min(pieceSize, size - occupied.length));
  let count = 0;
  let next = 0;
  for (let index = 0; index < size; index++) {
    if (occupied[next] === index) {
      next++;
      continue;
    }
    run[count++] = index;
    if (count === run.length) {
      yield run.slice();
      count = 0;
    }
  }
  if (count > 0) {
    yield run.slice(0, count);
  }
}

function forEachBox(
  dims: readonly number[],
  choices: readonly Choice[],
  width: Approximation['width'],
  visit: (box: Box, indices: () => Uint32Array[]) => void,
): void {
  const sizes = choices.map((choice) => (typeof choice === 'number' ? choice : choice.length));
  const columns = sizes[sizes.length - 1];
  const rows = sizes.slice(0, -1).reduce((product, size) => product * size, 1);
  if (rows * columns > Number.MAX_SAFE_INTEGER) {
    throw new UsageError(
      `A tensor of ${formatShape(dims)} has too many elements to go through; ask for entries by their indices.`,
    );
  }
  if (rows * columns === 0) {
    return;
  }
  const atOnce = width === 'tile' ? Math.max(tileColumns, Math.ceil(pieceSize / rows)) : pieceSize;
  const wide = Math.min(columns, pieceSize, atOnce);
  const high = Math.min(rows, Math.max(1, Math.floor(pieceSize / wide)));
  for (let row = 0; row < rows; row += high) {
    for (let column = 0; column < columns; column += wide) {
      const box = {
        row,
        rows: Math.min(high, rows - row),
        column,
        columns: Math.min(wide, columns - column),
      };
      visit(box, () => indicesOf(box, choices, sizes));
    }
  }
}

/** Indices in the tensor of the elements of a box, row-major. */
function indicesOf(
  { row, rows, column, columns }: Box,
  choices: readonly Choice[],
  sizes: readonly number[],
): Uint32Array[] {
  const last = sizes.length - 1;
  const indices = sizes.map(() => new Uint32Array(rows * columns));
  const line = indices[last].subarray(0, columns);
  for (let j = 0; j < columns; j++) {
    line[j] = indexOf(choices[last], column + j);
  }
  for (let i = 0; i < rows; i++) {
    indices[last].set(line, i * columns);
    digitsOf(row + i, sizes).forEach((digit, mode) =>
      indices[mode].fill(indexOf(choices[mode], digit), i * columns, (i + 1) * columns),
    );
  }
  return indices;
}

function indexOf(choice: Choice, place: number): number {
  return typeof choice === 'number' ? place : choice[place];
}

/** The places of a row in all modes but the last. */
export function digitsOf(row: number, sizes: readonly number[]): number[] {
  const digits: number[] = [];
  let rest = row;
  for (let mode = sizes.length - 2; mode >= 0; mode--) {
    digits.unshift(rest % sizes[mode]);
    rest = Math.floor(rest / sizes[mode]);
  }
  return digits;
}
