// What a symmetric matrix in f32 needs while it becomes tridiagonal: its update by a panel of reflectors
// in f64, and the way between both types. Addresses and strides are in bytes, rows contiguous. Sums run
// in a fixed order, so a result does not depend on the thread that computes it.
import { multiplyAddSingle } from './lanes';

/** Rows and columns of a register tile of {@link updateRowsSingle}. */
const tileRows: usize = 4;
const tileColumns: usize = 8;

/**
 * `lines` columns of `steps` f64 rows as f32 panels of `width` (4 or 8) columns, step by step; columns
 * that are missing in the last panel become zeros.
 */
export function packColumnsSingle(
  rows: usize, stride: usize, steps: usize, lines: usize, width: usize, to: usize,
): void {
  for (let line: usize = 0; line < lines; line += width, rows += width * 8) {
    const present = min(width, lines - line);
    let row = rows;
    for (let step: usize = 0; step < steps; step++, row += stride, to += width * 4) {
      if (present == width) {
        for (let at: usize = 0; at < width; at += 4) {
          const low = f32x4.demote_f64x2_zero(v128.load(row + at * 8));
          const high = f32x4.demote_f64x2_zero(v128.load(row + at * 8, 16));
          v128.store(to + at * 4, v128.shuffle<f32>(low, high, 0, 1, 4, 5));
        }
      } else {
        memory.fill(to, 0, width * 4);
        for (let at: usize = 0; at < present; at++) {
          store<f32>(to + at * 4, <f32>load<f64>(row + at * 8));
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function take(c: usize, sum: v128, offset: usize): void {
  v128.store(c + offset, f32x4.sub(v128.load(c + offset), sum));
}

/**
 * Rows `from` to `to` (multiples of four) of C -= L R, of which the upper triangle is wanted: L in
 * panels of four rows, R in panels of eight columns, `steps` deep. Whole tiles are written, so up to
 * seven columns left of the diagonal and after the last column, and three rows after the last, must be there.
 */
export function updateRowsSingle(
  from: usize, to: usize, columns: usize, steps: usize, left: usize, right: usize, c: usize, stride: usize,
): void {
  const leftBytes = steps * tileRows * 4;
  const rightBytes = steps * tileColumns * 4;
  for (let j = from & ~(tileColumns - 1); j < columns; j += tileColumns) {
    const panel = right + (j / tileColumns) * rightBytes;
    const last = min(to, j + tileColumns);
    for (let i = from; i < last; i += tileRows) {
      let a = left + (i / tileRows) * leftBytes;
      const end = a + leftBytes;
      let b = panel;
      let c00 = f32x4.splat(0);
      let c01 = f32x4.splat(0);
      let c10 = f32x4.splat(0);
      let c11 = f32x4.splat(0);
      let c20 = f32x4.splat(0);
      let c21 = f32x4.splat(0);
      let c30 = f32x4.splat(0);
      let c31 = f32x4.splat(0);
      while (a < end) {
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
        b += 32;
      }
      let at = c + i * stride + j * 4;
      take(at, c00, 0);
      take(at, c01, 16);
      at += stride;
      take(at, c10, 0);
      take(at, c11, 16);
      at += stride;
      take(at, c20, 0);
      take(at, c21, 16);
      at += stride;
      take(at, c30, 0);
      take(at, c31, 16);
    }
  }
}

/** f64 values rounded to f32. */
export function narrow(count: usize, from: usize, to: usize): void {
  const end = to + (count & ~3) * 4;
  for (; to < end; to += 16, from += 32) {
    const low = f32x4.demote_f64x2_zero(v128.load(from));
    const high = f32x4.demote_f64x2_zero(v128.load(from, 16));
    v128.store(to, v128.shuffle<f32>(low, high, 0, 1, 4, 5));
  }
  for (const last = end + (count & 3) * 4; to < last; to += 4, from += 8) {
    store<f32>(to, <f32>load<f64>(from));
  }
}

/** f32 values in f64. */
export function widen(count: usize, from: usize, to: usize): void {
  const end = to + (count & ~1) * 8;
  for (; to < end; to += 16, from += 8) {
    v128.store(to, f64x2.promote_low_f32x4(v128.load64_zero(from)));
  }
  if (count & 1) {
    store<f64>(to, <f64>load<f32>(from));
  }
}

/** f64 values += f32 values. */
export function addWidened(count: usize, from: usize, to: usize): void {
  const end = to + (count & ~1) * 8;
  for (; to < end; to += 16, from += 8) {
    v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(v128.load64_zero(from))));
  }
  if (count & 1) {
    store<f64>(to, load<f64>(to) + <f64>load<f32>(from));
  }
}
