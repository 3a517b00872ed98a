// The two halves of a tridiagonalisation in f32: products of a symmetric matrix with a vector, and its
// update by a panel of reflectors. Addresses and strides are in bytes, rows contiguous. Sums run in a
// fixed order, so a result does not depend on the thread that computes it.
import { addToSingle, lanesSingle, multiplyAddSingle } from './lanes';

/** Rows and columns of a register tile of {@link updateRowsSingle}. */
const tileRows: usize = 4;
const tileColumns: usize = 8;

/** `symmetricRows` in f32: rows `from` to `to` of y += A x, every element of the upper triangle once. */
export function symmetricRowsSingle(
  n: usize, a: usize, stride: usize, from: usize, to: usize, x: usize, y: usize,
): void {
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const corner = a + i * stride + i * 4;
    for (let r: usize = 0; r < 4; r++) {
      const row = corner + r * stride;
      const xr = load<f32>(x + (i + r) * 4);
      let sum = load<f32>(row + r * 4) * xr;
      for (let c = r + 1; c < 4; c++) {
        const value = load<f32>(row + c * 4);
        sum += value * load<f32>(x + (i + c) * 4);
        addToSingle(y + (i + c) * 4, value * xr);
      }
      addToSingle(y + (i + r) * 4, sum);
    }
    const x0 = v128.load_splat<f32>(x + i * 4);
    const x1 = v128.load_splat<f32>(x + i * 4, 4);
    const x2 = v128.load_splat<f32>(x + i * 4, 8);
    const x3 = v128.load_splat<f32>(x + i * 4, 12);
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let a0 = corner + 16;
    let a1 = a0 + stride;
    let a2 = a1 + stride;
    let a3 = a2 + stride;
    let xAt = x + (i + 4) * 4;
    let yAt = y + (i + 4) * 4;
    const count = n - i - 4;
    const end = yAt + (count & ~3) * 4;
    while (yAt < end) {
      const xv = v128.load(xAt);
      const v0 = v128.load(a0);
      let yv = multiplyAddSingle(v0, x0, v128.load(yAt));
      s0 = multiplyAddSingle(v0, xv, s0);
      const v1 = v128.load(a1);
      yv = multiplyAddSingle(v1, x1, yv);
      s1 = multiplyAddSingle(v1, xv, s1);
      const v2 = v128.load(a2);
      yv = multiplyAddSingle(v2, x2, yv);
      s2 = multiplyAddSingle(v2, xv, s2);
      const v3 = v128.load(a3);
      yv = multiplyAddSingle(v3, x3, yv);
      s3 = multiplyAddSingle(v3, xv, s3);
      v128.store(yAt, yv);
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
      xAt += 16;
      yAt += 16;
    }
    let t0 = lanesSingle(s0);
    let t1 = lanesSingle(s1);
    let t2 = lanesSingle(s2);
    let t3 = lanesSingle(s3);
    for (const last = end + (count & 3) * 4; yAt < last; yAt += 4, xAt += 4) {
      const xj = load<f32>(xAt);
      const v0 = load<f32>(a0);
      const v1 = load<f32>(a1);
      const v2 = load<f32>(a2);
      const v3 = load<f32>(a3);
      const low = v0 * f32x4.extract_lane(x0, 0) + v1 * f32x4.extract_lane(x1, 0);
      addToSingle(yAt, low + (v2 * f32x4.extract_lane(x2, 0) + v3 * f32x4.extract_lane(x3, 0)));
      t0 += v0 * xj;
      t1 += v1 * xj;
      t2 += v2 * xj;
      t3 += v3 * xj;
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    addToSingle(y + i * 4, t0);
    addToSingle(y + (i + 1) * 4, t1);
    addToSingle(y + (i + 2) * 4, t2);
    addToSingle(y + (i + 3) * 4, t3);
  }
  for (; i < to; i++) {
    const row = a + i * stride + i * 4;
    const xi = load<f32>(x + i * 4);
    let sum = load<f32>(row) * xi;
    for (let j: usize = 4; j < (n - i) * 4; j += 4) {
      const value = load<f32>(row + j);
      sum += value * load<f32>(x + i * 4 + j);
      addToSingle(y + i * 4 + j, value * xi);
    }
    addToSingle(y + i * 4, sum);
  }
}

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
