import type { Job } from '../../job';
import type { SparseTensor } from '../sparseTensor';

/** Rounds of swaps at each bisection; most end earlier, with nothing left to gain. */
const rounds = 20;

/**
 * An order by recursive graph bisection (L. Dhulipala et al., 2016): the positions are halved, indices
 * change sides as long as that makes the two halves' nonzeros cheaper to encode, and each half is
 * treated in the same way, down to pairs. The bits of a position are then the sides taken, which is
 * how the tokens of NeuKron read them. An index's neighbours are the combinations of the other modes'
 * indices in which it has nonzeros, one mode at a time. Starts from `start`, the position of each
 * index; empty and padding indices stay last. Deterministic. @throws CancelledError.
 */
export function bisectionOrder(
  X: SparseTensor,
  axis: number,
  padded: number,
  start: Uint32Array,
  job: Job,
): Uint32Array {
  const graph = graphOf(X, axis, padded);
  const byPosition = new Uint32Array(padded);
  for (let i = 0; i < padded; i++) {
    byPosition[start[i]] = i;
  }
  // Empty indices attract and repel nothing.
  const order = byPosition.filter((index) => graph.first[index + 1] > graph.first[index]);
  const work: Work = {
    graph,
    left: new Int32Array(graph.neighbours),
    right: new Int32Array(graph.neighbours),
    gains: new Float64Array(padded),
    job,
  };
  bisect(order, 0, order.length, padded, work);
  const positions = new Uint32Array(padded);
  let next = 0;
  for (const index of order) {
    positions[index] = next++;
  }
  for (const index of byPosition) {
    if (graph.first[index + 1] === graph.first[index]) {
      positions[index] = next++;
    }
  }
  return positions;
}

/** Each index's neighbours, from `first[index]` to `first[index + 1]` of `list`. */
interface Graph {
  readonly first: Uint32Array;
  readonly list: Uint32Array;
  /** How many different ones there can be. */
  readonly neighbours: number;
}

function graphOf(X: SparseTensor, axis: number, padded: number): Graph {
  const own = X.indices[axis];
  const others = X.indices.flatMap((_, other) =>
    other === axis || X.dims[other] === 1 ? [] : [other],
  );
  const first = new Uint32Array(padded + 1);
  for (const index of own) {
    first[index + 1] += others.length;
  }
  for (let i = 0; i < padded; i++) {
    first[i + 1] += first[i];
  }
  const next = first.slice(0, padded);
  const list = new Uint32Array(own.length * others.length);
  let neighbours = 0;
  for (const other of others) {
    const indices = X.indices[other];
    for (let e = 0; e < own.length; e++) {
      list[next[own[e]]++] = neighbours + indices[e];
    }
    neighbours += X.dims[other];
  }
  return { first, list, neighbours };
}

/** What all bisections share. */
interface Work {
  readonly graph: Graph;
  /** How often each neighbour comes in the left half and in the right one; zeros between uses. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly gains: Float64Array;
  readonly job: Job;
}

/** Orders the indices at places `from` to `end`, which share a range of `span` positions. */
function bisect(order: Uint32Array, from: number, end: number, span: number, work: Work): void {
  const { graph, gains } = work;
  const half = span / 2;
  const middle = from + half;
  if (end - from > 2 && middle < end) {
    for (let round = 0; round < rounds; round++) {
      work.job.throwIfCancelled();
      count(order, from, middle, graph, work.left, 1);
      count(order, middle, end, graph, work.right, 1);
      for (let i = from; i < end; i++) {
        gains[order[i]] = gainOf(order[i], i < middle, half, end - middle, work);
      }
      count(order, from, middle, graph, work.left, 0);
      count(order, middle, end, graph, work.right, 0);
      const byGain = (a: number, b: number): number => gains[b] - gains[a] || a - b;
      const left = order.slice(from, middle).sort(byGain);
      const right = order.slice(middle, end).sort(byGain);
      let swaps = 0;
      while (
        swaps < Math.min(left.length, right.length) &&
        gains[left[swaps]] + gains[right[swaps]] > leastGain
      ) {
        const kept = left[swaps];
        left[swaps] = right[swaps];
        right[swaps] = kept;
        swaps++;
      }
      order.set(left, from);
      order.set(right, middle);
      if (swaps === 0) {
        break;
      }
    }
  }
  if (half > 1) {
    bisect(order, from, Math.min(end, middle), half, work);
    if (middle < end) {
      bisect(order, middle, end, half, work);
    }
  }
}

/** Bits; less is rounding. */
const leastGain = 1e-9;

/** Adds the neighbours of some indices up, or clears their counts (`by` 0). */
function count(
  order: Uint32Array,
  from: number,
  end: number,
  { first, list }: Graph,
  side: Int32Array,
  by: 0 | 1,
): void {
  for (let i = from; i < end; i++) {
    const index = order[i];
    for (let at = first[index]; at < first[index + 1]; at++) {
      side[list[at]] = by === 0 ? 0 : side[list[at]] + 1;
    }
  }
}

/** Bits saved by an index that changes sides: d neighbours among n indices cost d log2(n / (d + 1)). */
function gainOf(
  index: number,
  isLeft: boolean,
  leftSize: number,
  rightSize: number,
  { graph: { first, list }, left, right }: Work,
): number {
  const [here, there] = isLeft ? [left, right] : [right, left];
  const sizes = isLeft ? Math.log2(leftSize / rightSize) : Math.log2(rightSize / leftSize);
  let gain = 0;
  for (let at = first[index]; at < first[index + 1]; at++) {
    const from = here[list[at]];
    const to = there[list[at]];
    // from log(n / (from + 1)) + to log(m / (to + 1)) before, less the same after.
    gain +=
      sizes +
      (from - 1) * logOf(from) -
      from * logOf(from + 1) +
      (to + 1) * logOf(to + 2) -
      to * logOf(to + 1);
  }
  return gain;
}

/** log2 of small whole numbers, which is what most counts are. */
const logs = Float64Array.from({ length: 4096 }, (_, i) => (i === 0 ? 0 : Math.log2(i)));

function logOf(value: number): number {
  return value < logs.length ? logs[value] : Math.log2(value);
}
