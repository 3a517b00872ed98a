/** Where the indices of a mode are put on its padded grid, and which index lies where. */
export interface Positions {
  /** Position of every index, padding indices included: a bijection. */
  readonly of: Uint32Array;
  /** Index at every position. */
  readonly at: Uint32Array;
}

/** @param at the index at every position; taken over */
export function positionsFrom(at: Uint32Array): Positions {
  const of = new Uint32Array(at.length);
  at.forEach((index, position) => (of[index] = position));
  return { of, at };
}

/** Indices `a` and `b` change places. */
export function swapPositions({ of, at }: Positions, a: number, b: number): void {
  const [p, q] = [of[a], of[b]];
  of[a] = q;
  of[b] = p;
  at[p] = b;
  at[q] = a;
}

export function copyPositions({ of, at }: Positions): Positions {
  return { of: of.slice(), at: at.slice() };
}
