/** Uniform numbers in [0, 1), the same for the same seed (Mulberry32, 32 bits of state). */
export function createUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The numbers 0 to count - 1 in random order (Fisher-Yates). */
export function shuffledIndices(count: number, uniform: () => number): Uint32Array {
  const indices = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(uniform() * (i + 1));
    const kept = indices[i] as number;
    indices[i] = indices[j] as number;
    indices[j] = kept;
  }
  return indices;
}
