// Products in f32 of tall matrices with small ones, for the states of a recurrent network: the rows
// lie anywhere in steps of `stride` bytes and are not packed; the small matrix is packed once into
// panels of eight columns, step-major. An element is one sum in ascending order whatever its
// neighbours are, so a state depends on its own inputs alone.
import { multiplyAddSingle } from './lanes';

const rowBlock: usize = 64;

/** C (m x 8 panels) = A (m x k) B, k even; the rows of C are `cStride` bytes apart. */
export function rowsTimesPanels(
  m: usize, k: usize, panels: usize, a: usize, aStride: usize, b: usize, c: usize, cStride: usize,
): void {
  const panelBytes = k * 32;
  for (let row: usize = 0; row < m; row += rowBlock) {
    const end = min(m, row + rowBlock);
    for (let panel: usize = 0; panel < panels; panel++) {
      const from = b + panel * panelBytes;
      let i = row;
      for (; i + 4 <= end; i += 4) {
        fourRows(k, a + i * aStride, aStride, from, c + i * cStride + panel * 32, cStride);
      }
      for (; i < end; i++) {
        oneRow(k, a + i * aStride, from, c + i * cStride + panel * 32);
      }
    }
  }
}

function fourRows(k: usize, a0: usize, stride: usize, b: usize, c: usize, cStride: usize): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let a1 = a0 + stride;
  let a2 = a1 + stride;
  let a3 = a2 + stride;
  const end = b + k * 32;
  for (; b < end; b += 64, a0 += 8, a1 += 8, a2 += 8, a3 += 8) {
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a0);
    c00 = multiplyAddSingle(x, b0, c00);
    c01 = multiplyAddSingle(x, b1, c01);
    x = v128.load_splat<f32>(a1);
    c10 = multiplyAddSingle(x, b0, c10);
    c11 = multiplyAddSingle(x, b1, c11);
    x = v128.load_splat<f32>(a2);
    c20 = multiplyAddSingle(x, b0, c20);
    c21 = multiplyAddSingle(x, b1, c21);
    x = v128.load_splat<f32>(a3);
    c30 = multiplyAddSingle(x, b0, c30);
    c31 = multiplyAddSingle(x, b1, c31);
    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = v128.load_splat<f32>(a0, 4);
    c00 = multiplyAddSingle(x, b0, c00);
    c01 = multiplyAddSingle(x, b1, c01);
    x = v128.load_splat<f32>(a1, 4);
    c10 = multiplyAddSingle(x, b0, c10);
    c11 = multiplyAddSingle(x, b1, c11);
    x = v128.load_splat<f32>(a2, 4);
    c20 = multiplyAddSingle(x, b0, c20);
    c21 = multiplyAddSingle(x, b1, c21);
    x = v128.load_splat<f32>(a3, 4);
    c30 = multiplyAddSingle(x, b0, c30);
    c31 = multiplyAddSingle(x, b1, c31);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cStride;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cStride;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cStride;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}

function oneRow(k: usize, a: usize, b: usize, c: usize): void {
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  const end = b + k * 32;
  for (; b < end; b += 32, a += 4) {
    const x = v128.load_splat<f32>(a);
    c0 = multiplyAddSingle(x, v128.load(b), c0);
    c1 = multiplyAddSingle(x, v128.load(b, 16), c1);
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
}

/**
 * Out (m x width) = bias + A (m x k) B for a narrow B: `width` is a multiple of 4, B row-major with
 * rows of `width`, rows of Out `outStride` bytes apart.
 */
export function rowsTimesNarrow(
  m: usize, k: usize, width: usize, a: usize, aStride: usize,
  bias: usize, b: usize, out: usize, outStride: usize,
): void {
  const stepBytes = width * 4;
  for (let column: usize = 0; column < stepBytes; column += 16) {
    const start = v128.load(bias + column);
    let i: usize = 0;
    for (; i + 4 <= m; i += 4) {
      let a0 = a + i * aStride;
      let a1 = a0 + aStride;
      let a2 = a1 + aStride;
      let a3 = a2 + aStride;
      let s0 = start;
      let s1 = start;
      let s2 = start;
      let s3 = start;
      let at = b + column;
      const end = at + k * stepBytes;
      for (; at < end; at += stepBytes, a0 += 4, a1 += 4, a2 += 4, a3 += 4) {
        const w = v128.load(at);
        s0 = multiplyAddSingle(v128.load_splat<f32>(a0), w, s0);
        s1 = multiplyAddSingle(v128.load_splat<f32>(a1), w, s1);
        s2 = multiplyAddSingle(v128.load_splat<f32>(a2), w, s2);
        s3 = multiplyAddSingle(v128.load_splat<f32>(a3), w, s3);
      }
      let to = out + i * outStride + column;
      v128.store(to, s0);
      to += outStride;
      v128.store(to, s1);
      to += outStride;
      v128.store(to, s2);
      to += outStride;
      v128.store(to, s3);
    }
    for (; i < m; i++) {
      let s = start;
      let from = a + i * aStride;
      let at = b + column;
      const end = at + k * stepBytes;
      for (; at < end; at += stepBytes, from += 4) {
        s = multiplyAddSingle(v128.load_splat<f32>(from), v128.load(at), s);
      }
      v128.store(out + i * outStride + column, s);
    }
  }
}

/**
 * C (rows x columns) += A^T B over `count` rows: A has `rows` columns (a multiple of 4) and B
 * `columns` (a multiple of 8); rows of C lie `columns` apart.
 */
export function addTransposedProduct(
  count: usize, rows: usize, columns: usize,
  a: usize, aStride: usize, b: usize, bStride: usize, c: usize,
): void {
  const cStride = columns * 4;
  for (let from: usize = 0; from < count; from += rowBlock) {
    const steps = min(rowBlock, count - from);
    const aBlock = a + from * aStride;
    const bBlock = b + from * bStride;
    for (let column: usize = 0; column < cStride; column += 32) {
      for (let row: usize = 0; row < rows; row += 4) {
        outerTile(
          steps, aBlock + row * 4, aStride, bBlock + column, bStride,
          c + row * cStride + column, cStride,
        );
      }
    }
  }
}

function outerTile(
  steps: usize, a: usize, aStride: usize, b: usize, bStride: usize, c: usize, cStride: usize,
): void {
  const c1 = c + cStride;
  const c2 = c1 + cStride;
  const c3 = c2 + cStride;
  let s00 = v128.load(c);
  let s01 = v128.load(c, 16);
  let s10 = v128.load(c1);
  let s11 = v128.load(c1, 16);
  let s20 = v128.load(c2);
  let s21 = v128.load(c2, 16);
  let s30 = v128.load(c3);
  let s31 = v128.load(c3, 16);
  for (const end = a + steps * aStride; a < end; a += aStride, b += bStride) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    s00 = multiplyAddSingle(x, b0, s00);
    s01 = multiplyAddSingle(x, b1, s01);
    x = v128.load_splat<f32>(a, 4);
    s10 = multiplyAddSingle(x, b0, s10);
    s11 = multiplyAddSingle(x, b1, s11);
    x = v128.load_splat<f32>(a, 8);
    s20 = multiplyAddSingle(x, b0, s20);
    s21 = multiplyAddSingle(x, b1, s21);
    x = v128.load_splat<f32>(a, 12);
    s30 = multiplyAddSingle(x, b0, s30);
    s31 = multiplyAddSingle(x, b1, s31);
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}
