import type { Job } from '../job';
import type { Matrix } from '../linalg/matrix';
import { addScaledRow, lookingEvery } from './sparseProducts';
import { permutedModes, type SparseTensor } from './sparseTensor';

/**
 * The entries of a tensor as a tree with one level per mode (compressed sparse fibres): entries that
 * share their first indices share a path, and what a product needs of those is computed once.
 */
export interface FiberTree {
  /** Mode of each level, the root's children first. */
  readonly modes: readonly number[];
  /** Index of every node of a level in its mode; of the last level, of every entry. */
  readonly indices: readonly Uint32Array[];
  /** Children of node n of level l: nodes pointers[l][n] to pointers[l][n + 1] of the next. */
  readonly pointers: readonly Uint32Array[];
  readonly values: Float64Array;
}

/** The tree with `mode` at its root and the longest of the other modes last, where it costs least. */
export function fiberTree(X: SparseTensor, mode: number, job: Job): FiberTree {
  const others = X.dims
    .map((_, m) => m)
    .filter((m) => m !== mode)
    .sort((a, b) => X.dims[a] - X.dims[b] || a - b);
  const modes = [mode, ...others];
  const sorted = permutedModes(X, modes);
  job.throwIfCancelled();
  const count = sorted.values.length;
  const last = modes.length - 1;
  const indices: Uint32Array[] = [];
  const pointers: Uint32Array[] = [];
  // Entries at which nodes of the level above begin; every node boundary is one of the level below.
  let isStart = new Uint8Array(count);
  for (let level = 0; level < last; level++) {
    const keys = sorted.indices[level];
    const starts = isStart.slice();
    for (let e = 0; e < count; e++) {
      if (e === 0 || keys[e] !== keys[e - 1]) {
        starts[e] = 1;
      }
    }
    isStart = starts;
    indices.push(keys.filter((_, e) => starts[e] === 1));
    pointers.push(Uint32Array.from(positions(starts)));
  }
  indices.push(sorted.indices[last]);
  // From entries to nodes of the next level, for all but the level above the entries.
  for (let level = 0; level + 1 < last; level++) {
    const next = pointers[level + 1];
    let node = 0;
    pointers[level] = pointers[level].map((entry) => {
      while (next[node] < entry) {
        node++;
      }
      return node;
    });
  }
  return { modes, indices, pointers, values: sorted.values };
}

/** Where entries begin a node, and their number. */
function positions(starts: Uint8Array): Uint32Array {
  let count = 0;
  for (const start of starts) {
    count += start;
  }
  const result = new Uint32Array(count + 1);
  let n = 0;
  for (let e = 0; e < starts.length; e++) {
    if (starts[e]) {
      result[n++] = e;
    }
  }
  result[n] = starts.length;
  return result;
}

/**
 * For the nodes `from` to `end` of the root mode, the sum over their entries of the value times the
 * product of the other modes' factor rows: elementwise (`hadamard`, width R) or Kronecker products
 * (`kronecker`, width the product of the columns, first mode of the tree slowest).
 * @param visit called with the number of the node and its sum, which is overwritten afterwards
 */
export function contractFibers(
  tree: FiberTree,
  factors: readonly Matrix[],
  kind: 'hadamard' | 'kronecker',
  visit: (node: number, sum: Float64Array) => void,
  job: Job,
  from = 0,
  end = tree.indices[0].length,
): void {
  const { modes, indices, pointers, values } = tree;
  const last = modes.length - 1;
  const data = modes.map((mode) => factors[mode].data);
  const columns = modes.map((mode) => factors[mode].columns);
  // Width of what is summed below a node of each level.
  const widths = columns.map((width, level) =>
    kind === 'hadamard'
      ? width
      : columns.slice(level + 1).reduce((product, next) => product * next, 1),
  );
  const buffers = widths.map((width) => new Float64Array(width));
  const look = lookingEvery(job);

  function sumBelow(level: number, node: number): void {
    const target = buffers[level];
    target.fill(0);
    const first = pointers[level][node];
    const stop = pointers[level][node + 1];
    const child = level + 1;
    const R = columns[child];
    if (child === last) {
      for (let e = first; e < stop; e++) {
        addScaledRow(target, 0, data[last], indices[last][e] * R, values[e], R);
      }
      look((stop - first) * R);
      return;
    }
    for (let n = first; n < stop; n++) {
      sumBelow(child, n);
      const row = indices[child][n] * R;
      const inner = buffers[child];
      if (kind === 'hadamard') {
        for (let r = 0; r < R; r++) {
          target[r] += data[child][row + r] * inner[r];
        }
      } else {
        for (let r = 0; r < R; r++) {
          addScaledRow(target, r * inner.length, inner, 0, data[child][row + r], inner.length);
        }
      }
    }
    look((stop - first) * target.length);
  }

  for (let node = from; node < end; node++) {
    sumBelow(0, node);
    visit(node, buffers[0]);
  }
}
