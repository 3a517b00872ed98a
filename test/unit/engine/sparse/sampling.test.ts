import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/engine/random';
import { drawWeighted, randomPermutation } from '../../../../src/engine/sparse/sampling';
import { sampleOf } from '../../../../src/engine/sparse/columnRowSampling';

describe('sampling', () => {
  it('never draws an index of weight 0, and others in proportion to their weights', () => {
    const weights = Float64Array.of(0, 1, 0, 3, 6, 0);
    const counts = new Float64Array(6);
    for (const index of drawWeighted(weights, 20_000, createRandom(1))) {
      counts[index]++;
    }
    expect(Array.from(counts, (count) => Math.round(count / 2000))).toEqual([0, 1, 0, 3, 6, 0]);
    expect([counts[0], counts[2], counts[5]]).toEqual([0, 0, 0]);
  });

  it('draws nothing where all weights are 0', () => {
    expect(drawWeighted(new Float64Array(4), 3, createRandom(0))).toHaveLength(0);
  });

  it('permutes every index once, the same for the same seed', () => {
    const order = randomPermutation(100, createRandom(5));
    expect(Array.from(order).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    expect(order).toEqual(randomPermutation(100, createRandom(5)));
  });

  it('weighs distinct draws by multiplicity / (draws probability)', () => {
    const { indices, weights } = sampleOf(Uint32Array.of(3, 1, 3), Float64Array.of(0, 2, 0, 6));
    expect(Array.from(indices)).toEqual([1, 3]);
    expect(weights[0]).toBeCloseTo(1 / (3 * 0.25), 12);
    expect(weights[1]).toBeCloseTo(2 / (3 * 0.75), 12);
  });
});
