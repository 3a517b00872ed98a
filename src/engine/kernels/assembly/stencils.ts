// Sums of stencils (co-clusterings: entry (i, j) is T[label of i, label of j]) along lines, f64.
import { fourRowsTimesPanels } from './fourRows';
import { addTo, lanes, multiplyAdd } from './lanes';

// A stencil as seen from one side, u32 each; src/engine/kernels/stencils.ts writes it.
const ownLabelsAt: usize = 0; // u16, of the side's lines
const otherLabelsAt: usize = 4; // u16, of the lines that are summed over
const templatesAt: usize = 8;
const ownStrideAt: usize = 12; // bytes from T[a, b] to T[a + 1, b], a of the side
const otherStrideAt: usize = 16; // and to T[a, b + 1]
const ownAt: usize = 20; // clusters
const otherAt: usize = 24;
const tableAt: usize = 28;
const shareBytes: usize = 32;

// @ts-ignore: decorator
@inline
function word(at: usize): usize {
  return <usize>load<u32>(at);
}

// @ts-ignore: decorator
@inline
function labelOf(labels: usize, i: usize): usize {
  return <usize>load<u16>(labels + 2 * i);
}

/**
 * What a line gets from a stencil by its label a, per group of the other side's lines: row a of the
 * table, T times how many lines each cluster and each group have in common (`meetings`, clusters x
 * groups, is room for those numbers).
 */
export function stencilTable(
  share: usize, grouping: usize, count: usize, groups: usize, meetings: usize,
): void {
  const other = word(share + otherAt);
  const rowBytes = groups * 8;
  const labels = word(share + otherLabelsAt);
  memory.fill(meetings, 0, other * rowBytes);
  for (let j: usize = 0; j < count; j++) {
    addTo(meetings + (labelOf(labels, j) * groups + labelOf(grouping, j)) * 8, 1);
  }
  const own = word(share + ownAt);
  const ownStride = word(share + ownStrideAt);
  const otherStride = word(share + otherStrideAt);
  const templates = word(share + templatesAt);
  const table = word(share + tableAt);
  for (let a: usize = 0; a < own; a += 2) {
    // The last of an odd number is computed twice.
    const next: usize = a + 1 < own ? 1 : 0;
    const t = templates + a * ownStride;
    const row = table + a * rowBytes;
    twoRows(
      t, t + next * ownStride, otherStride, other, meetings, rowBytes, row, row + next * rowBytes,
    );
  }
}

/** Two rows of T times the meetings: a tile of 2 x 8 stays in registers. */
function twoRows(
  first: usize, second: usize, otherStride: usize, other: usize, meetings: usize, rowBytes: usize,
  row: usize, nextRow: usize,
): void {
  let b: usize = 0;
  for (; b + 64 <= rowBytes; b += 64) {
    let x0 = f64x2.splat(0);
    let x1 = f64x2.splat(0);
    let x2 = f64x2.splat(0);
    let x3 = f64x2.splat(0);
    let y0 = f64x2.splat(0);
    let y1 = f64x2.splat(0);
    let y2 = f64x2.splat(0);
    let y3 = f64x2.splat(0);
    let t: usize = 0;
    let m = meetings + b;
    for (let c: usize = 0; c < other; c++, t += otherStride, m += rowBytes) {
      const x = v128.load_splat<f64>(first + t);
      const y = v128.load_splat<f64>(second + t);
      const m0 = v128.load(m);
      const m1 = v128.load(m, 16);
      const m2 = v128.load(m, 32);
      const m3 = v128.load(m, 48);
      x0 = multiplyAdd(x, m0, x0);
      x1 = multiplyAdd(x, m1, x1);
      x2 = multiplyAdd(x, m2, x2);
      x3 = multiplyAdd(x, m3, x3);
      y0 = multiplyAdd(y, m0, y0);
      y1 = multiplyAdd(y, m1, y1);
      y2 = multiplyAdd(y, m2, y2);
      y3 = multiplyAdd(y, m3, y3);
    }
    let to = row + b;
    v128.store(to, x0);
    v128.store(to, x1, 16);
    v128.store(to, x2, 32);
    v128.store(to, x3, 48);
    to = nextRow + b;
    v128.store(to, y0);
    v128.store(to, y1, 16);
    v128.store(to, y2, 32);
    v128.store(to, y3, 48);
  }
  for (; b < rowBytes; b += 8) {
    let x: f64 = 0;
    let y: f64 = 0;
    let t: usize = 0;
    let m = meetings + b;
    for (let c: usize = 0; c < other; c++, t += otherStride, m += rowBytes) {
      x += load<f64>(first + t) * load<f64>(m);
      y += load<f64>(second + t) * load<f64>(m);
    }
    store<f64>(row + b, x);
    store<f64>(nextRow + b, y);
  }
}

/**
 * Row n of `target` becomes the sums of line which[n] of a sparse matrix (`pointers`, `columns`,
 * `values`) over the groups of its columns, less what the `count` stencils at `shares` give it.
 * `rows` is room for 4 bytes per stencil.
 */
export function stencilLines(
  pointers: usize, columns: usize, values: usize, grouping: usize, groups: usize,
  shares: usize, count: usize, which: usize, lines: usize, target: usize, rows: usize,
): void {
  const rowBytes = groups * 8;
  const rowsEnd = rows + count * 4;
  for (let n: usize = 0; n < lines; n++, target += rowBytes) {
    const i = word(which + n * 4);
    // Short rows are cleared faster this way than by `memory.fill`.
    for (let b: usize = 0; b < rowBytes; b += 8) {
      store<f64>(target + b, 0);
    }
    const last = word(pointers + i * 4 + 4);
    for (let e = word(pointers + i * 4); e < last; e++) {
      const b = labelOf(grouping, word(columns + e * 4));
      addTo(target + b * 8, load<f64>(values + e * 8));
    }
    let share = shares;
    for (let row = rows; row < rowsEnd; row += 4, share += shareBytes) {
      const label = labelOf(word(share + ownLabelsAt), i);
      store<u32>(row, <u32>(word(share + tableAt) + label * rowBytes));
    }
    subtractRows(rows, rowsEnd, target, rowBytes);
  }
}

/** target -= the rows whose addresses lie from `rows` to `rowsEnd`, in their order. */
// @ts-ignore: decorator
@inline
function subtractRows(rows: usize, rowsEnd: usize, target: usize, rowBytes: usize): void {
  let b: usize = 0;
  for (; b + 128 <= rowBytes; b += 128) {
    const to = target + b;
    let s0 = v128.load(to);
    let s1 = v128.load(to, 16);
    let s2 = v128.load(to, 32);
    let s3 = v128.load(to, 48);
    let s4 = v128.load(to, 64);
    let s5 = v128.load(to, 80);
    let s6 = v128.load(to, 96);
    let s7 = v128.load(to, 112);
    for (let row = rows; row < rowsEnd; row += 4) {
      const from = word(row) + b;
      s0 = f64x2.sub(s0, v128.load(from));
      s1 = f64x2.sub(s1, v128.load(from, 16));
      s2 = f64x2.sub(s2, v128.load(from, 32));
      s3 = f64x2.sub(s3, v128.load(from, 48));
      s4 = f64x2.sub(s4, v128.load(from, 64));
      s5 = f64x2.sub(s5, v128.load(from, 80));
      s6 = f64x2.sub(s6, v128.load(from, 96));
      s7 = f64x2.sub(s7, v128.load(from, 112));
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
    v128.store(to, s4, 64);
    v128.store(to, s5, 80);
    v128.store(to, s6, 96);
    v128.store(to, s7, 112);
  }
  for (; b + 64 <= rowBytes; b += 64) {
    const to = target + b;
    let s0 = v128.load(to);
    let s1 = v128.load(to, 16);
    let s2 = v128.load(to, 32);
    let s3 = v128.load(to, 48);
    for (let row = rows; row < rowsEnd; row += 4) {
      const from = word(row) + b;
      s0 = f64x2.sub(s0, v128.load(from));
      s1 = f64x2.sub(s1, v128.load(from, 16));
      s2 = f64x2.sub(s2, v128.load(from, 32));
      s3 = f64x2.sub(s3, v128.load(from, 48));
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
  for (; b < rowBytes; b += 8) {
    let sum = load<f64>(target + b);
    for (let row = rows; row < rowsEnd; row += 4) {
      sum -= load<f64>(word(row) + b);
    }
    store<f64>(target + b, sum);
  }
}

/** Adds `count` rows of `groups` numbers to the rows of `blocks` that their labels name, in order. */
export function addByLabel(
  labels: usize, rows: usize, count: usize, groups: usize, blocks: usize,
): void {
  const rowBytes = groups * 8;
  const pairBytes = (groups & ~1) * 8;
  for (let i: usize = 0; i < count; i++, rows += rowBytes) {
    const to = blocks + labelOf(labels, i) * rowBytes;
    for (let b: usize = 0; b < pairBytes; b += 16) {
      v128.store(to + b, f64x2.add(v128.load(to + b), v128.load(rows + b)));
    }
    if (groups & 1) {
      addTo(to + pairBytes, load<f64>(rows + pairBytes));
    }
  }
}

/**
 * The label of every row: the a, the lowest of equals, with the smallest norms[a] + row . terms of a.
 * Clusters are padded to a multiple of 4, the padding having norms of infinity; terms lie in panels
 * of 4 clusters, groups x 4. `room` is for four rows and for the products of four.
 */
export function nearestLabels(
  rows: usize, count: usize, groups: usize, padded: usize, norms: usize, terms: usize,
  room: usize, labels: usize,
): void {
  const rowBytes = groups * 8;
  const products = room + 4 * rowBytes;
  for (let i: usize = 0; i < count; i += 4) {
    const lines = min(4, count - i);
    let four = rows + i * rowBytes;
    if (lines < 4) {
      memory.copy(room, four, lines * rowBytes);
      four = room;
    }
    fourRowsTimesPanels(four, rowBytes, groups, terms, padded / 4, products, padded * 8);
    for (let t: usize = 0; t < lines; t++) {
      const scores = products + t * padded * 8;
      let best: usize = 0;
      let least: f64 = Infinity;
      for (let a: usize = 0; a < padded; a++) {
        const score = load<f64>(norms + a * 8) + load<f64>(scores + a * 8);
        if (score < least) {
          least = score;
          best = a;
        }
      }
      store<u16>(labels + 2 * (i + t), <u16>best);
    }
  }
}

/** distances[t] = min(distances[t], squared distance of row t from `centre`) for rows of `width`. */
export function nearerDistances(
  rows: usize, count: usize, width: usize, centre: usize, distances: usize,
): void {
  const rowBytes = width * 8;
  const fourBytes = (width & ~3) * 8;
  for (let t: usize = 0; t < count; t++, rows += rowBytes, distances += 8) {
    let even = f64x2.splat(0);
    let odd = f64x2.splat(0);
    let b: usize = 0;
    for (; b < fourBytes; b += 32) {
      const d = f64x2.sub(v128.load(rows + b), v128.load(centre + b));
      const f = f64x2.sub(v128.load(rows + b, 16), v128.load(centre + b, 16));
      even = multiplyAdd(d, d, even);
      odd = multiplyAdd(f, f, odd);
    }
    let sum = lanes(f64x2.add(even, odd));
    for (; b < rowBytes; b += 8) {
      const d = load<f64>(rows + b) - load<f64>(centre + b);
      sum += d * d;
    }
    store<f64>(distances, min(load<f64>(distances), sum));
  }
}
