import { unattended, type Job } from '../job';
import { createMatrix } from '../linalg/matrix';
import { huffmanBits } from './huffman';
import { addScaledRow } from './sparseProducts';
import {
  compressedRows,
  squaredNorm,
  transposed,
  type CompressedRows,
  type SparseTensor,
} from './sparseTensor';

/** Which labels: those of rows (0) or of columns (1). */
export type Side = 0 | 1;

/** A co-clustering: entry (i, j) is templates[rowLabels[i], columnLabels[j]]. */
export interface Stencil {
  /** Clusters of rows, of columns; some may be empty while a fit is under way. */
  readonly clusters: readonly [number, number];
  readonly labels: readonly [Uint16Array, Uint16Array];
  /** T, row clusters x column clusters. */
  readonly templates: Float64Array;
}

/** A matrix by its rows and by its columns, for methods that go along both. */
export interface TwoWay {
  readonly X: SparseTensor;
  readonly lines: readonly [CompressedRows, CompressedRows];
}

export function twoWay(X: SparseTensor): TwoWay {
  return { X, lines: [compressedRows(X), compressedRows(transposed(X))] };
}

/** Lines whose sums are made ready together. */
const linesInCache = 128;

/** Labels are stored in 16 bits. */
export const mostClusters = 2 ** 16;

/** T[a, b] of a stencil as seen from `side`: a its cluster on that side, b that on the other. */
export function templateOf(
  { clusters, templates }: Stencil,
  side: Side,
  own: number,
  other: number,
): number {
  return templates[side === 0 ? own * clusters[1] + other : other * clusters[1] + own];
}

/** How many lines of a side carry each label. */
export function sizesOf(stencil: Stencil, side: Side): Float64Array {
  const sizes = new Float64Array(stencil.clusters[side]);
  for (const label of stencil.labels[side]) {
    sizes[label]++;
  }
  return sizes;
}

/** What a stencil contributes to a line, by its label: row labels[i] of `sums`. */
interface Share {
  readonly labels: Uint16Array;
  readonly sums: Float64Array;
}

/**
 * Sums of the residual of `others` along the lines of one side, per group of the other side:
 * e_ib = sum of (X - sum of the others)[i, j] over j in group b. The residual itself is never formed:
 * what another stencil contributes depends on line i by its label alone, through the table that counts
 * how often its groups meet those of this one.
 */
export class GroupSums {
  readonly groups: number;
  /** How many lines of the other side are in each group. */
  readonly groupSizes: Float64Array;
  private readonly lines: CompressedRows;
  private readonly shares: readonly Share[];

  constructor(
    private readonly data: TwoWay,
    private readonly side: Side,
    private readonly grouping: Uint16Array,
    groups: number,
    others: readonly Stencil[],
    job: Job = unattended,
  ) {
    this.groups = groups;
    this.lines = data.lines[side];
    this.groupSizes = new Float64Array(groups);
    for (const b of grouping) {
      this.groupSizes[b]++;
    }
    const shares: Share[] = others.map((other) => {
      job.throwIfCancelled();
      return { labels: other.labels[side], sums: this.sharesOf(other) };
    });
    // They are taken off four at a time; empty ones fill the last four.
    while (shares.length % 4 > 0) {
      shares.push({ labels: shares[0].labels, sums: new Float64Array(shares[0].sums.length) });
    }
    this.shares = shares;
  }

  /** Writes e_ib of lines `first` to `first + count` to `target`, count x groups. */
  read(first: number, count: number, target: Float64Array): void {
    const { groups } = this;
    target.fill(0, 0, count * groups);
    // In pieces that stay in the cache while all shares are taken off them.
    for (let from = 0; from < count; from += linesInCache) {
      const end = Math.min(count, from + linesInCache);
      this.addEntries(first, from, end, target);
      for (let n = 0; n < this.shares.length; n += 4) {
        this.takeFour(n, first, from, end, target);
      }
    }
  }

  /** Subtracts shares n to n + 3: one pass over the target for four of them. */
  private takeFour(
    n: number,
    first: number,
    from: number,
    end: number,
    target: Float64Array,
  ): void {
    const { groups, shares } = this;
    const [w, x, y, z] = [shares[n], shares[n + 1], shares[n + 2], shares[n + 3]];
    const [W, X, Y, Z] = [w.sums, x.sums, y.sums, z.sums];
    for (let t = from; t < end; t++) {
      const i = first + t;
      const atW = w.labels[i] * groups;
      const atX = x.labels[i] * groups;
      const atY = y.labels[i] * groups;
      const atZ = z.labels[i] * groups;
      const to = t * groups;
      for (let g = 0; g < groups; g++) {
        target[to + g] -= W[atW + g] + X[atX + g] + (Y[atY + g] + Z[atZ + g]);
      }
    }
  }

  private addEntries(first: number, from: number, end: number, target: Float64Array): void {
    const { groups, grouping, lines } = this;
    for (let t = from; t < end; t++) {
      const to = t * groups;
      for (let e = lines.pointers[first + t]; e < lines.pointers[first + t + 1]; e++) {
        target[to + grouping[lines.columns[e]]] += lines.values[e];
      }
    }
  }

  /** Row a: what a line labelled a by `other` gets from it, per group of ours. */
  private sharesOf(other: Stencil): Float64Array {
    const { groups, grouping, side } = this;
    const opposite: Side = side === 0 ? 1 : 0;
    const [own, met] = [other.clusters[side], other.clusters[opposite]];
    // Row b': how many lines of the other side are in its group b' and our group b.
    const meetings = contingency(other.labels[opposite], met, grouping, groups);
    const sums = new Float64Array(own * groups);
    for (let a = 0; a < own; a++) {
      for (let b = 0; b < met; b++) {
        const value = templateOf(other, side, a, b);
        if (value !== 0) {
          addScaledRow(sums, a * groups, meetings, b * groups, value, groups);
        }
      }
    }
    return sums;
  }
}

/** Entry (a, b): how many places carry label a in the one list and b in the other. */
function contingency(
  first: Uint16Array,
  firstCount: number,
  second: Uint16Array,
  secondCount: number,
): Float64Array {
  const table = new Float64Array(firstCount * secondCount);
  for (let i = 0; i < first.length; i++) {
    table[first[i] * secondCount + second[i]]++;
  }
  return table;
}

/** ||X - sum of stencils||^2 = ||X||^2 - 2 <X, X~> + ||X~||^2, anew from the stencils alone. */
export function squaredErrorOf(X: SparseTensor, stencils: readonly Stencil[], job: Job): number {
  const [rows, columns] = X.indices;
  let inner = 0;
  for (let e = 0; e < X.values.length; e++) {
    inner += X.values[e] * entryOf(stencils, rows[e], columns[e]);
  }
  let square = 0;
  stencils.forEach((stencil, s) => {
    for (let t = 0; t <= s; t++) {
      job.throwIfCancelled();
      square += (s === t ? 1 : 2) * innerProduct(stencil, stencils[t]);
    }
  });
  return squaredNorm(X) - 2 * inner + square;
}

/** <S, S'> = sum over the blocks of T[a, b] (N_rows T' N_columns^T)[a, b]. */
function innerProduct(first: Stencil, second: Stencil): number {
  const [k, l] = first.clusters;
  const [k2, l2] = second.clusters;
  const rowMeetings = contingency(first.labels[0], k, second.labels[0], k2);
  const columnMeetings = contingency(second.labels[1], l2, first.labels[1], l);
  const half = createMatrix(k2, l);
  for (let a = 0; a < k2; a++) {
    for (let b = 0; b < l2; b++) {
      addScaledRow(half.data, a * l, columnMeetings, b * l, second.templates[a * l2 + b], l);
    }
  }
  let sum = 0;
  for (let a = 0; a < k; a++) {
    for (let a2 = 0; a2 < k2; a2++) {
      const count = rowMeetings[a * k2 + a2];
      for (let b = 0; count > 0 && b < l; b++) {
        sum += count * half.data[a2 * l + b] * first.templates[a * l + b];
      }
    }
  }
  return sum;
}

export function entryOf(stencils: readonly Stencil[], i: number, j: number): number {
  let sum = 0;
  for (const { clusters, labels, templates } of stencils) {
    sum += templates[labels[0][i] * clusters[1] + labels[1][j]];
  }
  return sum;
}

/** The same stencil without empty clusters, the others renumbered in their order. */
export function withoutEmptyClusters(stencil: Stencil): Stencil {
  const kept = ([0, 1] as const).map((side) => {
    const sizes = sizesOf(stencil, side);
    return Array.from(sizes.keys()).filter((a) => sizes[a] > 0);
  });
  const labels = ([0, 1] as const).map((side) => {
    const numbers = new Map(kept[side].map((a, n) => [a, n]));
    return stencil.labels[side].map((a) => numbers.get(a) ?? 0);
  });
  return {
    clusters: [kept[0].length, kept[1].length],
    labels: [labels[0], labels[1]],
    templates: Float64Array.from(
      kept[0].flatMap((a) => kept[1].map((b) => stencil.templates[a * stencil.clusters[1] + b])),
    ),
  };
}

/**
 * 4 bytes per template, the labels of each stencil and side in their Huffman code, and 1 byte per
 * cluster for the length of its code word.
 */
export function stencilBytes(stencils: readonly Stencil[]): {
  readonly parameters: number;
  readonly labelBits: number;
  readonly bytes: number;
} {
  let [parameters, labelBits, bytes] = [0, 0, 0];
  for (const stencil of stencils) {
    const [k, l] = stencil.clusters;
    labelBits += huffmanBits(sizesOf(stencil, 0)) + huffmanBits(sizesOf(stencil, 1));
    parameters += k * l + stencil.labels[0].length + stencil.labels[1].length;
    bytes += 4 * k * l + k + l;
  }
  return { parameters, labelBits, bytes: bytes + Math.ceil(labelBits / 8) };
}
