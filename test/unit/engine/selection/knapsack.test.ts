import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/engine/random';
import { solveKnapsack, type KnapsackItem } from '../../../../src/engine/selection/knapsack';

function randomClasses(
  seed: number,
  count: number,
  items: number,
  maxWeight: number,
): KnapsackItem[][] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: items }, () => ({
      weight: Math.floor(random.next() * maxWeight),
      cost: random.next() ** 2,
    })),
  );
}

/** Every combination, the slowest and surest way. */
function bruteForce(classes: KnapsackItem[][], limit: number): number {
  let best = Infinity;
  const visit = (group: number, weight: number, cost: number) => {
    if (weight > limit) {
      return;
    }
    if (group === classes.length) {
      best = Math.min(best, cost);
      return;
    }
    for (const item of classes[group]) {
      visit(group + 1, weight + item.weight, cost + item.cost);
    }
  };
  visit(0, 0, 0);
  return best;
}

/** Exact dynamic programme over whole weights. */
function byWeight(classes: KnapsackItem[][], limit: number): number {
  let best = new Float64Array(limit + 1).fill(0);
  for (const items of classes) {
    const next = new Float64Array(limit + 1).fill(Infinity);
    for (const { weight, cost } of items) {
      for (let w = weight; w <= limit; w++) {
        next[w] = Math.min(next[w], best[w - weight] + cost);
      }
    }
    best = next;
  }
  return best[limit];
}

function lightest(classes: KnapsackItem[][]): number {
  return classes.reduce((sum, items) => sum + Math.min(...items.map((item) => item.weight)), 0);
}

describe('the multiple-choice knapsack', () => {
  it('equals trying every combination on small instances', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const classes = randomClasses(seed, 5, 5, 50);
      const limit = lightest(classes) + (seed % 12) * 8;
      const result = solveKnapsack(classes, limit);
      expect(result.feasible).toBe(true);
      expect(result.weight).toBeLessThanOrEqual(limit);
      expect(result.cost).toBeCloseTo(bruteForce(classes, limit), 12);
    }
  });

  it('equals an exact dynamic programme over whole weights on middling instances', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const classes = randomClasses(100 + seed, 40, 12, 400);
      const limit = lightest(classes) + 300 * seed;
      const result = solveKnapsack(classes, limit);
      expect(result.weight).toBeLessThanOrEqual(limit);
      expect(result.cost).toBeCloseTo(byWeight(classes, limit), 10);
    }
  });

  it('finds what a greedy walk along the hull misses', () => {
    // Per unit of weight the first class's upgrade is the better one, but it blocks the second's.
    const classes = [
      [
        { weight: 0, cost: 10 },
        { weight: 6, cost: 3.9 },
      ],
      [
        { weight: 0, cost: 10 },
        { weight: 10, cost: 0 },
      ],
    ];
    expect(solveKnapsack(classes, 10).chosen).toEqual([0, 1]);
  });

  it('chooses the lightest items and says so when the limit cannot be met', () => {
    const classes = [
      [
        { weight: 5, cost: 0 },
        { weight: 3, cost: 1 },
      ],
      [{ weight: 4, cost: 0 }],
    ];
    expect(solveKnapsack(classes, 6)).toEqual({
      chosen: [1, 0],
      weight: 7,
      cost: 1,
      feasible: false,
    });
  });

  it('takes the cheapest item of every class when there is room for all', () => {
    const classes = randomClasses(5, 20, 6, 10);
    const result = solveKnapsack(classes, 1e9);
    for (const [i, items] of classes.entries()) {
      expect(items[result.chosen[i]].cost).toBe(Math.min(...items.map((item) => item.cost)));
    }
  });

  it('settles 1000 classes of 55 items within the time a moving slider leaves', () => {
    const classes = randomClasses(9, 1000, 55, 1e6);
    const limit = lightest(classes) + 2e8;
    const first = solveKnapsack(classes, limit);
    const started = performance.now();
    const second = solveKnapsack(classes, limit);
    // 20 ms on an idle core; the rest is for machines that run other tests meanwhile.
    expect(performance.now() - started).toBeLessThan(200);
    expect(second).toEqual(first);
    expect(second.weight).toBeLessThanOrEqual(limit);
  });
});
