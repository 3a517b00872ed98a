import { levels, rawBytes } from '../sizes';
import type { SparseTensor } from '../sparseTensor';
import type { Stencil } from '../stencils';
import { bearable, fewest, ladder } from './ladder';
import type { Orders } from './methodEntry';

/** Settings of ACCAMS and bACCAMS. */
export interface StencilRung {
  readonly stencils: number;
  readonly clusters: number;
}

/** A way from small to large along which neither number falls, up to the published sizes. */
const way: readonly StencilRung[] = [
  [1, 2],
  [1, 4],
  [1, 8],
  [2, 8],
  [2, 16],
  [3, 16],
  [4, 16],
  [5, 24],
  [6, 32],
  [8, 32],
  [10, 40],
  [14, 48],
  [20, 48],
  [28, 48],
  [40, 48],
  [50, 48],
].map(([stencils, clusters]) => ({ stencils, clusters }));

export function stencilRungs(
  X: SparseTensor,
  seconds: (rung: StencilRung) => number,
): StencilRung[] {
  const possible = way.filter(({ clusters }, i) => i === 0 || clusters <= 2 * Math.min(...X.dims));
  const bytes = (step: number): number => bytesOf(X, possible[step - 1]);
  const rungs = ladder(bytes, rawBytes(X), { most: possible.length }).map(
    (step) => possible[step - 1],
  );
  const quick = bearable(rungs, seconds);
  // Of a large matrix smaller ones than the shares would have, rather than a single one.
  return quick.length >= fewest ? quick : bearable(possible, seconds).slice(-fewest);
}

/** Templates of 4 bytes and labels without a code: what it takes at most. */
function bytesOf({ dims }: SparseTensor, { stencils, clusters }: StencilRung): number {
  const used = dims.map((size) => Math.min(clusters, size));
  const labels = dims.reduce((sum, size, side) => sum + (size * levels(used[side])) / 8, 0);
  return stencils * (4 * used[0] * used[1] + labels);
}

/** Rows and columns sorted by the labels of the first stencil: its blocks become visible. */
export function labelOrders([first]: readonly Stencil[]): Orders {
  return first.labels.map((labels, side) => {
    const next = new Uint32Array(first.clusters[side] + 1);
    for (const label of labels) {
      next[label + 1]++;
    }
    for (let label = 0; label < first.clusters[side]; label++) {
      next[label + 1] += next[label];
    }
    return Uint32Array.from(labels, (label) => next[label]++);
  });
}
