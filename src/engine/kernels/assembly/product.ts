// Tiles of matrix products: C (m x n, f64) = or += alpha A (m x k) B (k x n), after Goto and van de
// Geijn, Anatomy of High-Performance Matrix Multiplication (2008): blocks of A and B are packed in
// the order in which a small register tile reads them. Register tiles of eight vectors are what
// V8's register allocator keeps without spilling; larger ones run at half the speed.
// The sum over k runs in blocks of fixed depth, so an element's value does not depend on its tile.
import { multiplyAdd, multiplyAddSingle } from './lanes';

/** Columns of a register tile, for both types. */
const tileColumns: usize = 8;
const doubleRows: usize = 2;
const singleRows: usize = 4;
/** A packed panel of eight columns fills half of a 32 KB first-level cache. */
const doubleDepth: usize = 256;
const singleDepth: usize = 512;

// @ts-ignore: decorator
@inline
function putDouble(c: usize, offset: usize, sum: v128, accumulate: bool): void {
  v128.store(c + offset, accumulate ? f64x2.add(v128.load(c + offset), sum) : sum);
}

/** A 2 x 8 tile in f64 over `depth` packed steps. */
function doubleTile(depth: usize, a: usize, b: usize, c: usize, rowBytes: usize, accumulate: bool): void {
  let c00 = f64x2.splat(0);
  let c01 = f64x2.splat(0);
  let c02 = f64x2.splat(0);
  let c03 = f64x2.splat(0);
  let c10 = f64x2.splat(0);
  let c11 = f64x2.splat(0);
  let c12 = f64x2.splat(0);
  let c13 = f64x2.splat(0);
  const end = a + depth * 16;
  while (a < end) {
    const a0 = v128.load_splat<f64>(a);
    const a1 = v128.load_splat<f64>(a, 8);
    const b0 = v128.load(b);
    c00 = multiplyAdd(a0, b0, c00);
    c10 = multiplyAdd(a1, b0, c10);
    const b1 = v128.load(b, 16);
    c01 = multiplyAdd(a0, b1, c01);
    c11 = multiplyAdd(a1, b1, c11);
    const b2 = v128.load(b, 32);
    c02 = multiplyAdd(a0, b2, c02);
    c12 = multiplyAdd(a1, b2, c12);
    const b3 = v128.load(b, 48);
    c03 = multiplyAdd(a0, b3, c03);
    c13 = multiplyAdd(a1, b3, c13);
    a += 16;
    b += 64;
  }
  putDouble(c, 0, c00, accumulate);
  putDouble(c, 16, c01, accumulate);
  putDouble(c, 32, c02, accumulate);
  putDouble(c, 48, c03, accumulate);
  putDouble(c, rowBytes, c10, accumulate);
  putDouble(c, rowBytes + 16, c11, accumulate);
  putDouble(c, rowBytes + 32, c12, accumulate);
  putDouble(c, rowBytes + 48, c13, accumulate);
}

// @ts-ignore: decorator
@inline
function putSingle(c: usize, offset: usize, sum: v128, unscale: v128, accumulate: bool): void {
  const low = f64x2.mul(f64x2.promote_low_f32x4(sum), unscale);
  putDouble(c, offset, low, accumulate);
  const upper = v128.shuffle<f32>(sum, sum, 2, 3, 2, 3);
  const high = f64x2.mul(f64x2.promote_low_f32x4(upper), unscale);
  putDouble(c, offset + 16, high, accumulate);
}

/** A 4 x 8 tile in f32 over `depth` packed steps, times `factor`, to C in f64. */
function singleTile(
  depth: usize, a: usize, b: usize, c: usize, rowBytes: usize, factor: f64, accumulate: bool,
): void {
  const unscale = f64x2.splat(factor);
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  const end = a + depth * 16;
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
  putSingle(c, 0, c00, unscale, accumulate);
  putSingle(c, 32, c01, unscale, accumulate);
  c += rowBytes;
  putSingle(c, 0, c10, unscale, accumulate);
  putSingle(c, 32, c11, unscale, accumulate);
  c += rowBytes;
  putSingle(c, 0, c20, unscale, accumulate);
  putSingle(c, 32, c21, unscale, accumulate);
  c += rowBytes;
  putSingle(c, 0, c30, unscale, accumulate);
  putSingle(c, 32, c31, unscale, accumulate);
}

// @ts-ignore: decorator
@inline
function put<S, P>(from: usize, to: usize, scale: f64): void {
  store<P>(to, <P>(<f64>load<S>(from) * scale));
}

// @ts-ignore: decorator
@inline
function narrowed(at: usize, factor: v128): v128 {
  const low = f32x4.demote_f64x2_zero(f64x2.mul(v128.load(at), factor));
  const high = f32x4.demote_f64x2_zero(f64x2.mul(v128.load(at, 16), factor));
  return v128.shuffle<f32>(low, high, 0, 1, 4, 5);
}

/** Two f64 elements of each of two lines as two rows, times `factor`. */
// @ts-ignore: decorator
@inline
function turnTwo(at: usize, lineBytes: usize, factor: v128, to: usize, rowBytes: usize): void {
  const a = f64x2.mul(v128.load(at), factor);
  const b = f64x2.mul(v128.load(at + lineBytes), factor);
  v128.store(to, v128.shuffle<f64>(a, b, 0, 2));
  v128.store(to + rowBytes, v128.shuffle<f64>(a, b, 1, 3));
}

/** Four f64 elements of each of four lines as four f32 rows, times `factor`. */
// @ts-ignore: decorator
@inline
function turnFour(at: usize, lineBytes: usize, factor: v128, to: usize, rowBytes: usize): void {
  const a = narrowed(at, factor);
  const b = narrowed(at + lineBytes, factor);
  const c = narrowed(at + 2 * lineBytes, factor);
  const d = narrowed(at + 3 * lineBytes, factor);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2));
  v128.store(to + rowBytes, v128.shuffle<f64>(ab, cd, 1, 3));
  const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to + 2 * rowBytes, v128.shuffle<f64>(ab2, cd2, 0, 2));
  v128.store(to + 3 * rowBytes, v128.shuffle<f64>(ab2, cd2, 1, 3));
}

/**
 * Panels of `width` lines (2, 4 or 8), step-major: element (line, step) of the source lies at
 * `from + line * lineStride + step * stepStride` (elements of S); lines that are missing in the
 * last panel become zeros. Values are multiplied by `scale`.
 */
// @ts-ignore: decorator
@inline
function pack<S, P>(
  from: usize,
  lineStride: usize,
  stepStride: usize,
  lines: usize,
  steps: usize,
  width: usize,
  scale: f64,
  to: usize,
): void {
  const lineBytes = lineStride * sizeof<S>();
  const stepBytes = stepStride * sizeof<S>();
  const rowBytes = width * sizeof<P>();
  for (let line: usize = 0; line < lines; line += width) {
    let at = from + line * lineBytes;
    const end = to + steps * rowBytes;
    if (line + width > lines) {
      packRest<S, P>(at, lineBytes, stepBytes, lines - line, rowBytes, scale, to, end);
      to = end;
      continue;
    }
    if (isFloat<P>() && sizeof<S>() == sizeof<P>() && lineStride == 1 && scale == 1) {
      // A row of the panel lies contiguously in the source.
      while (to < end) {
        v128.store(to, v128.load(at));
        if (rowBytes > 16) {
          v128.store(to, v128.load(at, 16), 16);
          if (rowBytes > 32) {
            v128.store(to, v128.load(at, 32), 32);
            v128.store(to, v128.load(at, 48), 48);
          }
        }
        at += stepBytes;
        to += rowBytes;
      }
      continue;
    }
    const line2 = 2 * lineBytes;
    const line3 = 3 * lineBytes;
    const half = 4 * lineBytes;
    const factor = f64x2.splat(scale);
    if (sizeof<S>() == 8 && sizeof<P>() == 4 && lineStride == 1) {
      for (; to < end; at += stepBytes, to += rowBytes) {
        v128.store(to, narrowed(at, factor));
        if (width > 4) {
          v128.store(to, narrowed(at + 32, factor), 16);
        }
      }
    } else if (sizeof<S>() == 8 && sizeof<P>() == 8 && stepStride == 1) {
      // Two steps of two lines at a time, turned in registers.
      const twos = to + (steps & ~1) * rowBytes;
      for (; to < twos; at += 16, to += 2 * rowBytes) {
        turnTwo(at, lineBytes, factor, to, rowBytes);
        if (width > 2) {
          turnTwo(at + line2, lineBytes, factor, to + 16, rowBytes);
          if (width > 4) {
            turnTwo(at + half, lineBytes, factor, to + 32, rowBytes);
            turnTwo(at + half + line2, lineBytes, factor, to + 48, rowBytes);
          }
        }
      }
    } else if (sizeof<S>() == 8 && sizeof<P>() == 4 && stepStride == 1) {
      // Four steps of four lines at a time, turned in registers.
      const fours = to + (steps & ~3) * rowBytes;
      for (; to < fours; at += 32, to += 4 * rowBytes) {
        turnFour(at, lineBytes, factor, to, rowBytes);
        if (width > 4) {
          turnFour(at + half, lineBytes, factor, to + 16, rowBytes);
        }
      }
    }
    while (to < end) {
      put<S, P>(at, to, scale);
      put<S, P>(at + lineBytes, to + sizeof<P>(), scale);
      if (width > 2) {
        put<S, P>(at + line2, to + 2 * sizeof<P>(), scale);
        put<S, P>(at + line3, to + 3 * sizeof<P>(), scale);
        if (width > 4) {
          const upper = at + half;
          put<S, P>(upper, to + 4 * sizeof<P>(), scale);
          put<S, P>(upper + lineBytes, to + 5 * sizeof<P>(), scale);
          put<S, P>(upper + line2, to + 6 * sizeof<P>(), scale);
          put<S, P>(upper + line3, to + 7 * sizeof<P>(), scale);
        }
      }
      at += stepBytes;
      to += rowBytes;
    }
  }
}

/** The last panel, of which only `present` lines exist. */
function packRest<S, P>(
  from: usize,
  lineBytes: usize,
  stepBytes: usize,
  present: usize,
  rowBytes: usize,
  scale: f64,
  to: usize,
  end: usize,
): void {
  memory.fill(to, 0, end - to);
  for (; to < end; to += rowBytes, from += stepBytes) {
    for (let line: usize = 0; line < present; line++) {
      put<S, P>(from + line * lineBytes, to + line * sizeof<P>(), scale);
    }
  }
}

/**
 * C = alpha A B (`accumulate` 0) or C += alpha A B for one tile of at most 256 x 512, with f64
 * arithmetic. Strides count elements; `aSize` and `bSize` are the bytes of an element, 8 or 4;
 * C is f64 with contiguous columns. `scratch` is 16-byte aligned and holds 1.5 MB.
 */
export function productTileDouble(
  m: usize, n: usize, k: usize, alpha: f64,
  a: usize, aRow: usize, aColumn: usize, aSize: usize,
  b: usize, bRow: usize, bColumn: usize, bSize: usize,
  c: usize, cRow: usize, accumulate: bool, scratch: usize,
): void {
  const packedA = scratch;
  const packedB = scratch + 524288;
  const edge = scratch + 1572864;
  const rowBytes = cRow * 8;
  for (let k0: usize = 0; k0 < k; k0 += doubleDepth) {
    const depth = min(doubleDepth, k - k0);
    const fromA = a + k0 * aColumn * aSize;
    const fromB = b + k0 * bRow * bSize;
    if (aSize == 8) pack<f64, f64>(fromA, aRow, aColumn, m, depth, doubleRows, alpha, packedA);
    else pack<f32, f64>(fromA, aRow, aColumn, m, depth, doubleRows, alpha, packedA);
    if (bSize == 8) pack<f64, f64>(fromB, bColumn, bRow, n, depth, tileColumns, 1, packedB);
    else pack<f32, f64>(fromB, bColumn, bRow, n, depth, tileColumns, 1, packedB);
    const adds = accumulate || k0 > 0;
    for (let j: usize = 0; j < n; j += tileColumns) {
      const panelB = packedB + j * depth * 8;
      for (let i: usize = 0; i < m; i += doubleRows) {
        const panelA = packedA + i * depth * 8;
        if (i + doubleRows <= m && j + tileColumns <= n) {
          doubleTile(depth, panelA, panelB, c + i * rowBytes + j * 8, rowBytes, adds);
        } else {
          doubleTile(depth, panelA, panelB, edge, 64, false);
          putEdge(edge, c, i, min(doubleRows, m - i), j, min(tileColumns, n - j), rowBytes, adds);
        }
      }
    }
  }
}

/**
 * As {@link productTileDouble} with f32 arithmetic inside blocks of 512 steps, which are summed in
 * f64. `scaleA` and `scaleB` bring the operands into the range of f32; every sum is multiplied by
 * `unscale`. Powers of two make all three exact.
 */
export function productTileSingle(
  m: usize, n: usize, k: usize, scaleA: f64, scaleB: f64, unscale: f64,
  a: usize, aRow: usize, aColumn: usize, aSize: usize,
  b: usize, bRow: usize, bColumn: usize, bSize: usize,
  c: usize, cRow: usize, accumulate: bool, scratch: usize,
): void {
  const packedA = scratch;
  const packedB = scratch + 524288;
  const edge = scratch + 1572864;
  const rowBytes = cRow * 8;
  for (let k0: usize = 0; k0 < k; k0 += singleDepth) {
    const depth = min(singleDepth, k - k0);
    const fromA = a + k0 * aColumn * aSize;
    const fromB = b + k0 * bRow * bSize;
    if (aSize == 8) pack<f64, f32>(fromA, aRow, aColumn, m, depth, singleRows, scaleA, packedA);
    else pack<f32, f32>(fromA, aRow, aColumn, m, depth, singleRows, scaleA, packedA);
    if (bSize == 8) pack<f64, f32>(fromB, bColumn, bRow, n, depth, tileColumns, scaleB, packedB);
    else pack<f32, f32>(fromB, bColumn, bRow, n, depth, tileColumns, scaleB, packedB);
    const adds = accumulate || k0 > 0;
    for (let j: usize = 0; j < n; j += tileColumns) {
      const panelB = packedB + j * depth * 4;
      for (let i: usize = 0; i < m; i += singleRows) {
        const panelA = packedA + i * depth * 4;
        if (i + singleRows <= m && j + tileColumns <= n) {
          singleTile(depth, panelA, panelB, c + i * rowBytes + j * 8, rowBytes, unscale, adds);
        } else {
          singleTile(depth, panelA, panelB, edge, 64, unscale, false);
          putEdge(edge, c, i, min(singleRows, m - i), j, min(tileColumns, n - j), rowBytes, adds);
        }
      }
    }
  }
}

function putEdge(
  edge: usize, c: usize, i: usize, rows: usize, j: usize, columns: usize, rowBytes: usize, adds: bool,
): void {
  for (let row: usize = 0; row < rows; row++) {
    for (let column: usize = 0; column < columns; column++) {
      const at = c + (i + row) * rowBytes + (j + column) * 8;
      const value = load<f64>(edge + row * 64 + column * 8);
      store<f64>(at, adds ? load<f64>(at) + value : value);
    }
  }
}
