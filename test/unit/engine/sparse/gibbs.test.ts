import { describe, expect, it } from 'vitest';
import { unattended } from '../../../../src/engine/job';
import { createRandom, type Random } from '../../../../src/engine/random';
import {
  ClusterSampler,
  logMarginal,
  momentsFor,
  type Variances,
} from '../../../../src/engine/sparse/gibbs';

/** A sweep straight from the formulas, sums formed anew for every line and cluster. */
function plainSweep(
  labels: Uint16Array,
  clusters: number,
  groupSizes: Float64Array,
  residual: Float64Array,
  concentration: number,
  variances: Variances,
  random: Random,
): void {
  const groups = groupSizes.length;
  for (let i = 0; i < labels.length; i++) {
    let isEmptyOffered = false;
    const scores = Array.from({ length: clusters }, (_, a) => {
      const members = Array.from(labels.keys()).filter((j) => j !== i && labels[j] === a);
      if (members.length === 0 && isEmptyOffered) {
        return -Infinity;
      }
      isEmptyOffered ||= members.length === 0;
      let score = Math.log(members.length || concentration);
      for (let b = 0; b < groups; b++) {
        const sum = members.reduce((total, j) => total + residual[j * groups + b], 0);
        const block = { sum, count: members.length * groupSizes[b] };
        const row = { sum: residual[i * groups + b], count: groupSizes[b] };
        score += logMarginal(block, row, variances);
      }
      return score;
    });
    const best = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - best));
    let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
    labels[i] = weights.findIndex((weight) => (left -= weight) < 0);
  }
}

const sizes = Float64Array.of(1, 7, 2, 30, 5, 0, 3, 1, 12, 4, 8, 6, 2);

/** Lines around one of three profiles, and what they leave of an empty group. */
function linesOf(count: number, seed: number): Float64Array {
  const random = createRandom(seed);
  const profiles = Array.from({ length: 3 }, () => sizes.map(() => 0.6 * random.normal()));
  return Float64Array.from({ length: count * sizes.length }, (_, at) => {
    const b = at % sizes.length;
    const profile = profiles[Math.floor(at / sizes.length) % 3];
    return sizes[b] * profile[b] + Math.sqrt(sizes[b]) * random.normal();
  });
}

describe('a Gibbs sweep over labels', () => {
  it.each([
    ['moments of squares', { noise: 1.1, prior: 60 }, true],
    ['squares themselves', { noise: 1.1, prior: 0.4 }, false],
  ] as const)('draws the labels that the formulas do, by %s', (_, variances, hasMoments) => {
    const ratio = variances.noise / variances.prior;
    expect(momentsFor(sizes, ratio).moments > 0).toBe(hasMoments);
    for (let seed = 0; seed < 6; seed++) {
      const lines = 43;
      const residual = linesOf(lines, seed);
      const random = createRandom(100 + seed);
      const start = Uint16Array.from({ length: lines }, () => Math.floor(9 * random.next()));
      const [found, wanted] = [start.slice(), start.slice()];
      const [one, other] = [createRandom(seed), createRandom(seed)];
      for (let sweep = 0; sweep < 3; sweep++) {
        const sampler = new ClusterSampler(found, 10, sizes, residual, 0.8, variances);
        sampler.sweep(one, unattended);
        plainSweep(wanted, 10, sizes, residual, 0.8, variances, other);
        expect(found).toEqual(wanted);
      }
      expect(found).not.toEqual(start);
    }
  });

  it.each([1e-6, 0.02, 0.3])('shares squares among clusters exactly enough: ratio %d', (ratio) => {
    const groupSizes = Float64Array.from({ length: 60 }, (_, b) => 1 + ((b * 37) % 211));
    const { moments, centre, halfWidth, places } = momentsFor(groupSizes, ratio);
    expect(moments).toBeGreaterThan(0);
    for (const n of [1, 2, 5, 1000]) {
      const y = n + 1 + centre;
      let largest = 0;
      groupSizes.forEach((size, b) => {
        let series = 0;
        for (let p = 0; p < moments; p++) {
          series += (-halfWidth / y) ** p * places[b] ** p;
        }
        const wanted = 1 / (n + 1 + ratio / size);
        largest = Math.max(largest, Math.abs(series / y / wanted - 1));
      });
      expect(largest).toBeLessThan(1e-10);
    }
  });
});
