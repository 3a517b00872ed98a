import { FormatError, UsageError } from '../../../failures';
import { unattended, type Job } from '../../job';
import type { SparseTensor } from '../sparseTensor';
import { bisectionOrder } from './bisectionOrder';
import type { PositionCode } from './positionCode';
import { mix, randomFor, shuffledIndices } from './seeds';
import { sortedOrder } from './trie';

/**
 * Where the orders of the modes start: by min-hash signatures (similar rows side by side), by recursive
 * bisection (similar halves, quarters, … down to neighbours), at random, or given: for each axis of the tensor the position of each index, or undefined for the order as it
 * is.
 */
export type OrderStart =
  | 'min-hash'
  | 'bisection'
  | 'random'
  | 'as-is'
  | { readonly positions: readonly (ArrayLike<number> | undefined)[] };

/** Purposes of random numbers, beside the epochs, which count from 0. */
const orderPurpose = 0xfffffff0;

/** Position of each index, padding indices included, for each coded mode. @throws CancelledError. */
export function initialOrders(
  X: SparseTensor,
  code: PositionCode,
  start: OrderStart,
  seed: number,
  job: Job = unattended,
): Uint32Array[] {
  return code.axes.map((axis, mode) => {
    const padded = 2 ** code.bits[mode];
    if (start === 'min-hash') {
      return minHashOrder(X, axis, padded, seed);
    }
    if (start === 'bisection') {
      return bisectionOrder(X, axis, padded, minHashOrder(X, axis, padded, seed), job);
    }
    if (start === 'random') {
      return shuffledIndices(padded, randomFor(seed, orderPurpose, axis));
    }
    const given = start === 'as-is' ? undefined : start.positions[axis];
    return given === undefined
      ? Uint32Array.from({ length: padded }, (_, i) => i)
      : completeOrder(given, X.dims[axis], padded, axis);
  });
}

/** Signatures of so many minima. */
const signatureLength = 8;

/**
 * Indices sorted by the minima of random hashes over their nonzeros, then by falling degree, so that
 * indices with many nonzeros in common come to lie side by side; empty and padding ones last. Hashes
 * of several other modes are combined by tabulation (xor of a random word for each).
 */
export function minHashOrder(
  X: SparseTensor,
  axis: number,
  padded: number,
  seed: number,
): Uint32Array {
  const own = X.indices[axis];
  const count = own.length;
  const degree = new Uint32Array(padded);
  for (const index of own) {
    degree[index]++;
  }
  const signature = Array.from({ length: signatureLength }, (_, hash) => {
    const hashed = new Uint32Array(count);
    for (const [other, indices] of X.indices.entries()) {
      if (other === axis) {
        continue;
      }
      const random = randomFor(seed, orderPurpose + 1, axis, hash, other);
      const offset = mix(Math.floor(random.next() * 2 ** 32));
      for (let e = 0; e < count; e++) {
        hashed[e] = (hashed[e] ^ mix(indices[e] ^ offset)) >>> 0;
      }
    }
    const minima = new Uint32Array(padded).fill(0xffffffff);
    for (let e = 0; e < count; e++) {
      if (hashed[e] < minima[own[e]]) {
        minima[own[e]] = hashed[e];
      }
    }
    return minima;
  });
  const empty = Uint32Array.from(degree, (value) => (value === 0 ? 1 : 0));
  const fewness = Uint32Array.from(degree, (value) => count - value);
  const ranked = sortedOrder(
    [empty, ...signature, fewness],
    [1, ...signature.map(() => 32), Math.max(1, 32 - Math.clz32(count))],
  );
  return inverseOf(ranked);
}

/** The inverse of a permutation: index at each position from position of each index, or back. */
export function inverseOf(order: Uint32Array): Uint32Array {
  const inverse = new Uint32Array(order.length);
  for (let i = 0; i < order.length; i++) {
    inverse[order[i]] = i;
  }
  return inverse;
}

/**
 * Positions for all padded indices: those not given take the free positions in turn.
 * @throws UsageError when the given ones are not different positions of the padded mode.
 */
export function completeOrder(
  given: ArrayLike<number>,
  size: number,
  padded: number,
  axis: number,
): Uint32Array {
  const name = `The order of mode ${axis + 1}`;
  if (given.length !== size && given.length !== padded) {
    throw new UsageError(
      `${name} has ${given.length} positions; it needs one for each of the ${size} indices, or for each of the ${padded} padded ones.`,
      { value: given.length, limit: padded },
    );
  }
  const positions = new Uint32Array(padded);
  const taken = new Uint8Array(padded);
  for (let i = 0; i < given.length; i++) {
    const position = given[i];
    if (!Number.isInteger(position) || position < 0 || position >= padded) {
      throw new UsageError(
        `${name} puts index ${i} at ${position}; positions are whole numbers below ${padded}.`,
        { value: position, limit: padded },
      );
    }
    if (taken[position] === 1) {
      throw new UsageError(
        `${name} puts two indices at position ${position}; each position is for one.`,
        { value: position },
      );
    }
    taken[position] = 1;
    positions[i] = position;
  }
  let free = 0;
  for (let i = given.length; i < padded; i++) {
    while (taken[free] === 1) {
      free++;
    }
    positions[i] = free++;
  }
  return positions;
}

/**
 * The positions in a text file, one whole number per line: line i, counted from 0, has the position
 * of index i. @throws FormatError naming the line that is something else.
 */
export function parseOrder(text: string): Uint32Array {
  const lines = text.split('\n');
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') {
    lines.pop();
  }
  return Uint32Array.from(lines, (line, i) => {
    const value = line.trim();
    if (!/^\d{1,9}$/.test(value)) {
      throw new FormatError(
        `Line ${i + 1} of the order is "${value.slice(0, 40)}"; each line is the position of one index, counted from 0.`,
        { value: i + 1 },
      );
    }
    return Number(value);
  });
}

/** An order as {@link parseOrder} reads it. */
export function formatOrder(positions: Uint32Array): string {
  return `${positions.join('\n')}\n`;
}
