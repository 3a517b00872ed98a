import { unattended, type Job } from '../job';

/** A matrix as a strided view, so that a transposed operand costs nothing. */
export interface StridedView {
  readonly data: Float64Array;
  readonly rowStride: number;
  readonly columnStride: number;
}

const depthBlock = 256;
const rowBlock = 512;
/** Column panels between looks at the stop sign: about 2 ms of work. */
const panelsPerCheck = 8;

/**
 * C (m x n, row-major) += A (m x k) B (k x n) in f64: panels of four rows and four columns are
 * packed contiguously, and a 4 x 4 tile of C lives in registers over a block of the depth.
 * With `upperOnly`, tiles wholly below the diagonal are left alone.
 */
export function addProduct(
  size: { readonly m: number; readonly n: number; readonly k: number },
  a: StridedView,
  b: StridedView,
  c: Float64Array,
  options: { readonly upperOnly?: boolean; readonly job?: Job } = {},
): void {
  const { m, n, k } = size;
  const { upperOnly = false, job = unattended } = options;
  const depth = Math.min(depthBlock, k);
  const packedA = new Float64Array(depth * 4 * Math.ceil(Math.min(rowBlock, m) / 4));
  const packedB = new Float64Array(depth * 4);
  const edge = new Float64Array(16);
  for (let k0 = 0; k0 < k; k0 += depthBlock) {
    const kCount = Math.min(depthBlock, k - k0);
    for (let i0 = 0; i0 < m; i0 += rowBlock) {
      const iEnd = Math.min(m, i0 + rowBlock);
      packRows(a, i0, iEnd, k0, kCount, packedA);
      let panel = 0;
      for (let j = upperOnly ? i0 & ~3 : 0; j < n; j += 4) {
        if (panel++ % panelsPerCheck === 0) {
          job.throwIfCancelled();
        }
        packColumns(b, j, Math.min(n, j + 4), k0, kCount, packedB);
        const rowsEnd = upperOnly ? Math.min(iEnd, j + 4) : iEnd;
        for (let i = i0; i < rowsEnd; i += 4) {
          const from = (i - i0) * kCount;
          if (i + 4 <= m && j + 4 <= n) {
            addTile(kCount, packedA, from, packedB, c, i * n + j, n);
          } else {
            edge.fill(0);
            addTile(kCount, packedA, from, packedB, edge, 0, 4);
            addEdge(edge, c, i, Math.min(4, m - i), j, Math.min(4, n - j), n);
          }
        }
      }
    }
  }
}

/** Panels of four rows, depth-major; missing rows of the last panel become zeros. */
function packRows(
  a: StridedView,
  i0: number,
  iEnd: number,
  k0: number,
  kCount: number,
  packed: Float64Array,
): void {
  const { data, rowStride, columnStride } = a;
  for (let i = i0, base = 0; i < iEnd; i += 4, base += 4 * kCount) {
    for (let row = 0; row < 4; row++) {
      let to = base + row;
      if (i + row >= iEnd) {
        for (let p = 0; p < kCount; p++, to += 4) {
          packed[to] = 0;
        }
        continue;
      }
      let at = (i + row) * rowStride + k0 * columnStride;
      for (let p = 0; p < kCount; p++, to += 4, at += columnStride) {
        packed[to] = data[at];
      }
    }
  }
}

function packColumns(
  b: StridedView,
  j: number,
  jEnd: number,
  k0: number,
  kCount: number,
  packed: Float64Array,
): void {
  const { data, rowStride, columnStride } = b;
  for (let column = 0; column < 4; column++) {
    let to = column;
    if (j + column >= jEnd) {
      for (let p = 0; p < kCount; p++, to += 4) {
        packed[to] = 0;
      }
      continue;
    }
    let at = k0 * rowStride + (j + column) * columnStride;
    for (let p = 0; p < kCount; p++, to += 4, at += rowStride) {
      packed[to] = data[at];
    }
  }
}

function addTile(
  kCount: number,
  a: Float64Array,
  from: number,
  b: Float64Array,
  c: Float64Array,
  at: number,
  stride: number,
): void {
  let c00 = 0;
  let c01 = 0;
  let c02 = 0;
  let c03 = 0;
  let c10 = 0;
  let c11 = 0;
  let c12 = 0;
  let c13 = 0;
  let c20 = 0;
  let c21 = 0;
  let c22 = 0;
  let c23 = 0;
  let c30 = 0;
  let c31 = 0;
  let c32 = 0;
  let c33 = 0;
  const end = kCount * 4;
  for (let q = 0; q < end; q += 4) {
    const b0 = b[q];
    const b1 = b[q + 1];
    const b2 = b[q + 2];
    const b3 = b[q + 3];
    const a0 = a[from + q];
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[from + q + 1];
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[from + q + 2];
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[from + q + 3];
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  c[at] += c00;
  c[at + 1] += c01;
  c[at + 2] += c02;
  c[at + 3] += c03;
  const at1 = at + stride;
  c[at1] += c10;
  c[at1 + 1] += c11;
  c[at1 + 2] += c12;
  c[at1 + 3] += c13;
  const at2 = at1 + stride;
  c[at2] += c20;
  c[at2 + 1] += c21;
  c[at2 + 2] += c22;
  c[at2 + 3] += c23;
  const at3 = at2 + stride;
  c[at3] += c30;
  c[at3 + 1] += c31;
  c[at3 + 2] += c32;
  c[at3 + 3] += c33;
}

function addEdge(
  edge: Float64Array,
  c: Float64Array,
  i: number,
  rows: number,
  j: number,
  columns: number,
  n: number,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      c[(i + row) * n + j + column] += edge[row * 4 + column];
    }
  }
}
