import { UsageError } from '../../failures';
import type { NmMap, NmPattern } from '../../protocol/patterns';
import type { Job } from '../job';
import { nmBytes } from '../sparsity/nm';
import type { WeightMatrix } from '../sparsity/weightMatrix';
import { dtypes } from '../tensor/dtype';
import type { LoadedMatrix } from './loadMatrix';

/** Positions within a group are stored in at most 4 bits. */
const largestGroup = 16;

/** Cells of a map of groups of up to 4; one cell has m + 1 shares, and all together stay as many. */
const mostCells = 2 ** 20;
const mostShares = 5 * mostCells;

/** @throws UsageError unless `m` is a group size that can be stored and fits the matrix. */
export function requireGroups(m: number, { rows, columns }: WeightMatrix): void {
  if (!Number.isInteger(m) || m < 2 || m > largestGroup) {
    throw new UsageError(`M of N:M is a whole number from 2 to ${largestGroup}, not ${m}.`, {
      value: m,
      limit: largestGroup,
    });
  }
  if (m > columns) {
    throw new UsageError(
      `A ${rows} × ${columns} matrix has no ${m} consecutive entries in a row; give an M of at most ${columns}.`,
      { value: m, limit: columns },
    );
  }
}

/** The map of N:M for every N: the losses of each tile and of the whole, exact. */
export function nmMap(loaded: LoadedMatrix, pattern: NmPattern, job: Job): NmMap {
  const started = performance.now();
  const { entry, matrix, norm } = loaded;
  const { rows, columns } = matrix;
  const { m } = pattern;
  requireGroups(m, matrix);
  const groups = Math.ceil(columns / m);
  const tile = tileOf(rows, groups, m);
  const gridRows = Math.ceil(rows / tile.rows);
  const gridColumns = Math.ceil(groups / tile.groups);
  const cells = gridRows * gridColumns;
  const scores = new Float32Array(cells);
  const losses = Array.from({ length: m + 1 }, () => new Float32Array(cells));
  const totals = new Float64Array(m + 1);
  // Entry n of a cell's m + 1: the squares that are lost when n of every m are kept.
  const lost = new Float64Array(gridColumns * (m + 1));
  let checked = 0;
  for (let tileRow = 0; tileRow < gridRows; tileRow++) {
    lost.fill(0);
    const end = Math.min(rows, (tileRow + 1) * tile.rows);
    for (let row = tileRow * tile.rows; row < end; row++) {
      if ((checked += columns) >= elementsPerCheck) {
        checked = 0;
        job.throwIfCancelled();
      }
      addRow(lost, matrix.data.subarray(row * columns, (row + 1) * columns), m, tile.groups);
    }
    for (let cell = 0; cell < gridColumns; cell++) {
      const at = tileRow * gridColumns + cell;
      const all = lost[cell * (m + 1)];
      scores[at] = Math.sqrt(all);
      for (let n = 0; n <= m; n++) {
        const one = lost[cell * (m + 1) + n];
        totals[n] += one;
        losses[n][at] = all === 0 ? 0 : one / all;
      }
    }
  }
  const valueBytes = dtypes[entry.dtype].bytes;
  return {
    tensor: entry.name,
    shape: entry.shape,
    dtype: entry.dtype,
    pattern,
    rows,
    columns,
    norm,
    grid: [gridRows, gridColumns],
    padding: [0, groups * m - columns],
    tile: [tile.rows, tile.groups * m],
    scores: scores.buffer,
    errors: Array.from(totals, (total) => (totals[0] === 0 ? 0 : Math.sqrt(total / totals[0]))),
    losses: losses.map((shares) => shares.buffer),
    bytes: Array.from({ length: m + 1 }, (_, n) => nmBytes(rows, columns, n, m, valueBytes)),
    denseBytes: rows * columns * valueBytes,
    denseMacs: rows * columns,
    elapsedMs: performance.now() - started,
  };
}

/** Entries looked at between two looks at the stop sign, some 20 ms. */
const elementsPerCheck = 2 ** 20;

/** As small as the limits allow, and about as wide as high. */
function tileOf(rows: number, groups: number, m: number): { rows: number; groups: number } {
  const limit = Math.min(mostCells, Math.floor(mostShares / (m + 1)));
  const tile = { rows: 1, groups: 1 };
  while (Math.ceil(rows / tile.rows) * Math.ceil(groups / tile.groups) > limit) {
    const isWide = tile.rows < tile.groups * m || tile.groups >= groups;
    if (isWide && tile.rows < rows) {
      tile.rows *= 2;
    } else {
      tile.groups *= 2;
    }
  }
  return tile;
}

const squares = new Float64Array(largestGroup);

/** Adds to every cell, for every n, the squares of all but the n largest of each group. */
function addRow(
  lost: Float64Array,
  row: Float32Array | Float64Array,
  m: number,
  groupsPerCell: number,
): void {
  for (let from = 0, group = 0; from < row.length; from += m, group++) {
    const count = Math.min(m, row.length - from);
    for (let i = 0; i < count; i++) {
      const square = row[from + i] * row[from + i];
      let at = i;
      for (; at > 0 && squares[at - 1] < square; at--) {
        squares[at] = squares[at - 1];
      }
      squares[at] = square;
    }
    const cell = Math.floor(group / groupsPerCell) * (m + 1);
    let sum = 0;
    for (let n = count - 1; n >= 0; n--) {
      sum += squares[n];
      lost[cell + n] += sum;
    }
  }
}
