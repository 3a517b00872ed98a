import type { SyntheticShape } from '../../../../src/benchmarks/sparse/syntheticTensor';

/** A matrix and a tensor on which every benchmark ends within a moment. */
export const tinyMatrix: SyntheticShape = {
  nonzeros: 240,
  modes: [
    { size: 24, least: 1, most: 30, tail: 1.3 },
    { size: 48, least: 1, most: 16, tail: 1.3 },
  ],
  blocks: 4,
  scattered: 0.1,
  repeats: 0,
};

export const tinyTensor: SyntheticShape = {
  nonzeros: 200,
  modes: [8, 10, 12].map((size) => ({ size, least: 5, most: 40, tail: 1 })),
  blocks: 2,
  scattered: 0.2,
  repeats: 0.2,
};
