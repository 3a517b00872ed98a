import { createRandom, type Random } from '../../random';

/**
 * A stream of random numbers for one purpose of one run: what is drawn in an epoch depends on the
 * seed and the epoch's number, not on what was drawn before, so that a resumed run needs no state of
 * a generator.
 */
export function randomFor(seed: number, ...purpose: readonly number[]): Random {
  let state = mix(Math.floor(seed / 2 ** 32) ^ 0x2545f491);
  state = mix(state ^ (seed >>> 0));
  let second = mix(state ^ 0x9e3779b9);
  for (const part of purpose) {
    state = mix(state ^ part);
    second = mix((second + part) ^ state);
  }
  return createRandom((state >>> 0) * 2 ** 20 + (second >>> 12));
}

/** The finaliser of MurmurHash3 (A. Appleby). */
export function mix(value: number): number {
  let word = value | 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

/** 0 .. count - 1 in random order (R. Durstenfeld). */
export function shuffledIndices(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  shuffle(order, random);
  return order;
}

export function shuffle(order: Uint32Array | number[], random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
}
