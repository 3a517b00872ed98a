import { unattended, type Job } from '../job';
import { huffmanBits } from './huffman';
import { compressedRows, transposed, type CompressedRows, type SparseTensor } from './sparseTensor';

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

export function twoWay(X: SparseTensor, job: Job = unattended): TwoWay {
  return { X, lines: [compressedRows(X), compressedRows(transposed(X, job))] };
}

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
  const labels = stencil.labels[side];
  for (let i = 0; i < labels.length; i++) {
    sizes[labels[i]]++;
  }
  return sizes;
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
