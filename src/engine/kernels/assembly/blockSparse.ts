// Block-sparse times dense, in f32: Y (m x N) = W X, W in blocks of which some are stored. As in
// product.ts a register tile of 4 x 8 elements of Y runs over packed operands; here it stays in
// registers over all stored blocks of a row of blocks, whose adjacent ones are one run of steps.
// An element of Y is the sum over its row's stored columns in ascending order, whatever the tiling.
import { multiplyAddSingle } from './lanes';

/** Columns and rows of the register tile; X is packed into panels of eight columns. */
const tileColumns: usize = 8;
const tileRows: usize = 4;
/** A step of a panel, and of four packed rows of W. */
const panelStepBytes: usize = 32;

/**
 * Panels of eight columns of X, one after the other, each step-major: row k of `x` (rows `rowBytes`
 * apart) gives 32 bytes of every panel. Columns that are missing in the last panel become zeros.
 */
export function packPanels(x: usize, rowBytes: usize, steps: usize, columns: usize, to: usize): void {
  const panelBytes = steps * panelStepBytes;
  let column: usize = 0;
  // Two panels at a time read whole cache lines of X.
  for (; column + 2 * tileColumns <= columns; column += 2 * tileColumns) {
    let at = x + column * 4;
    const end = to + panelBytes;
    for (; to < end; to += panelStepBytes, at += rowBytes) {
      v128.store(to, v128.load(at));
      v128.store(to, v128.load(at, 16), 16);
      v128.store(to + panelBytes, v128.load(at, 32));
      v128.store(to + panelBytes, v128.load(at, 48), 16);
    }
    to = end + panelBytes;
  }
  for (; column < columns; column += tileColumns) {
    const present = min(tileColumns, columns - column) * 4;
    let at = x + column * 4;
    const end = to + panelBytes;
    for (; to < end; to += panelStepBytes, at += rowBytes) {
      memory.fill(to, 0, panelStepBytes);
      memory.copy(to, at, present);
    }
  }
}

/**
 * Rows [firstRow, endRow) of blocks for `columns` columns of Y. Row i of blocks has the runs
 * `runStarts[i]` to `runStarts[i + 1]`, each a pair (first byte in a panel, bytes of W) at `runs`;
 * its values begin at `values + 4 * valueStarts[i]`, in groups of four rows, step-major. The last
 * row of blocks ends at row `m`. `panels` has `columns` columns of X in panels of `panelBytes`, and
 * `edge` is room for a tile.
 */
export function blockSparseRows(
  firstRow: usize, endRow: usize, m: usize, blockRows: usize,
  runStarts: usize, runs: usize, valueStarts: usize, values: usize,
  panels: usize, panelBytes: usize, columns: usize,
  y: usize, rowBytes: usize, edge: usize,
): void {
  for (let column: usize = 0; column < columns; column += tileColumns, panels += panelBytes) {
    const present = min(tileColumns, columns - column);
    for (let row = firstRow; row < endRow; row++) {
      const run = runs + load<u32>(runStarts + row * 4) * 8;
      const runEnd = runs + load<u32>(runStarts + row * 4, 4) * 8;
      const groupEnd = min(m, (row + 1) * blockRows);
      let a = values + load<u32>(valueStarts + row * 4) * 4;
      for (let i = row * blockRows; i < groupEnd; i += tileRows) {
        const c = y + i * rowBytes + column * 4;
        if (i + tileRows <= groupEnd && present == tileColumns) {
          a = sparseTile(run, runEnd, a, panels, c, rowBytes);
        } else {
          a = sparseTile(run, runEnd, a, panels, edge, panelStepBytes);
          const rows = min(tileRows, groupEnd - i);
          for (let r: usize = 0; r < rows; r++) {
            memory.copy(c + r * rowBytes, edge + r * panelStepBytes, present * 4);
          }
        }
      }
    }
  }
}

/** A 4 x 8 tile over all runs of a row of blocks; returns the end of its values. */
function sparseTile(run: usize, runEnd: usize, a: usize, panel: usize, c: usize, rowBytes: usize): usize {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  for (; run < runEnd; run += 8) {
    let b = panel + load<u32>(run);
    const end = a + load<u32>(run, 4);
    do {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const a0 = v128.load_splat<f32>(a);
      c00 = multiplyAddSingle(a0, b0, c00);
      c01 = multiplyAddSingle(a0, b1, c01);
      const a1 = v128.load_splat<f32>(a, 4);
      c10 = multiplyAddSingle(a1, b0, c10);
      c11 = multiplyAddSingle(a1, b1, c11);
      const a2 = v128.load_splat<f32>(a, 8);
      c20 = multiplyAddSingle(a2, b0, c20);
      c21 = multiplyAddSingle(a2, b1, c21);
      const a3 = v128.load_splat<f32>(a, 12);
      c30 = multiplyAddSingle(a3, b0, c30);
      c31 = multiplyAddSingle(a3, b1, c31);
      a += 16;
      b += panelStepBytes;
    } while (a < end);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += rowBytes;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += rowBytes;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += rowBytes;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  return a;
}
