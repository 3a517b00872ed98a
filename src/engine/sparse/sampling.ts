import type { Random } from '../random';

/** A whole number from 0 to, without it, `count`. */
export function below(count: number, random: Random): number {
  return Math.floor(random.next() * count);
}

/** Shuffles `items` in place (Fisher and Yates). */
export function shuffle<T extends Uint32Array | Uint16Array>(items: T, random: Random): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = below(i + 1, random);
    const item = items[i];
    items[i] = items[j];
    items[j] = item;
  }
  return items;
}

/** 0 to `count` - 1 in random order. */
export function randomPermutation(count: number, random: Random): Uint32Array {
  const items = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    items[i] = i;
  }
  return shuffle(items, random);
}

/**
 * `count` indices drawn with replacement, index i with probability weights[i] / sum; an index of
 * weight 0 is never drawn. Empty when all weights are 0.
 */
export function drawWeighted(weights: Float64Array, count: number, random: Random): Uint32Array {
  const sums = new Float64Array(weights.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    total += weights[i];
    sums[i] = total;
  }
  const drawn = new Uint32Array(total > 0 ? count : 0);
  for (let t = 0; t < drawn.length; t++) {
    drawn[t] = firstAbove(sums, random.next() * total);
  }
  return drawn;
}

/** The first place whose running sum is above `target`: never one of weight 0. */
function firstAbove(sums: Float64Array, target: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums[middle] > target) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
