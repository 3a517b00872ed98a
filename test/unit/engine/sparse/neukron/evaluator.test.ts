import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { unattended } from '../../../../../src/engine/job';
import { configureKernels, releaseKernels } from '../../../../../src/engine/kernels';
import { createRandom } from '../../../../../src/engine/random';
import { Evaluator } from '../../../../../src/engine/sparse/neukron/evaluator';
import { networkOf } from '../../../../../src/engine/sparse/neukron/network';
import {
  blockOf,
  initialParameters,
  parameterLayout,
  type Cell,
} from '../../../../../src/engine/sparse/neukron/parameters';
import { positionCode } from '../../../../../src/engine/sparse/neukron/positionCode';
import { referenceValue, type ReferenceModel } from '../../../../support/neukronReference';
import { randomCounts } from '../../../../support/neukronData';

afterAll(async () => {
  await releaseKernels();
  configureKernels({ threads: 1 });
});

function setUp(dims: number[], nonzeros: number, cell: Cell, hidden: number) {
  const X = randomCounts(dims, nonzeros, 7);
  const code = positionCode(dims);
  const layout = parameterLayout({ cell, hidden, modes: code.bits.length });
  const parameters = initialParameters(layout, code, 10, 3);
  const random = createRandom(5);
  const positions = code.bits.map((bits) => shuffled(2 ** bits, random.next));
  return { X, code, layout, parameters, positions, evaluator: new Evaluator(code, X) };
}

function shuffled(count: number, next: () => number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function reference(
  layout: ReturnType<typeof parameterLayout>,
  parameters: Float32Array | Float64Array,
): ReferenceModel {
  return {
    cell: layout.cell,
    hidden: layout.hidden,
    modes: layout.modes,
    embedding: blockOf(parameters, layout.embedding),
    inputWeights: blockOf(parameters, layout.inputWeights),
    recurrentWeights: blockOf(parameters, layout.recurrentWeights),
    inputBias: blockOf(parameters, layout.inputBias),
    recurrentBias: blockOf(parameters, layout.recurrentBias),
    heads: layout.heads.map(({ weights, bias }) => ({
      weights: blockOf(parameters, weights),
      bias: blockOf(parameters, bias),
    })),
    start: blockOf(parameters, layout.start),
  };
}

function referenceValues(
  { X, code, layout, positions }: ReturnType<typeof setUp>,
  parameters: Float32Array | Float64Array,
): Float64Array {
  const model = reference(layout, parameters);
  return X.values.map((_, e) =>
    referenceValue(
      model,
      code.bits,
      code.axes.map((axis, mode) => positions[mode][X.indices[axis][e]]),
    ),
  );
}

const cases: [Cell, number[], number, number][] = [
  ['lstm', [19, 70], 300, 5],
  ['gru', [19, 70], 300, 6],
  ['lstm', [9, 33, 17], 200, 9],
  ['gru', [40, 1, 5, 6, 7], 300, 3],
  ['lstm', [50], 30, 8],
  ['lstm', [2, 2], 3, 4],
  ['lstm', [70_000, 70_000, 70_000], 600, 3],
];

describe('values on the trie', () => {
  it.each(cases)(
    'of an %s on %j are those of the plain network',
    (cell, dims, nonzeros, hidden) => {
      const tried = setUp(dims, nonzeros, cell, hidden);
      const { X, layout, parameters, positions, evaluator } = tried;
      const y = new Float32Array(X.values.length);
      evaluator.evaluate(networkOf(layout, parameters), positions, y, unattended);
      const expected = referenceValues(tried, parameters);
      const worst = Math.max(...expected.map((value, e) => Math.abs(y[e] / value - 1)));
      expect(worst).toBeLessThan(2e-5);
      expect(worst).toBeGreaterThan(0);
    },
  );

  it.each(cases)(
    'of an %s on %j have the gradient of the plain network',
    (cell, dims, nonzeros, hidden) => {
      const tried = setUp(dims, nonzeros, cell, hidden);
      const { X, layout, parameters, positions, evaluator } = tried;
      const y = new Float32Array(X.values.length);
      const gradient = evaluator.gradient(layout, parameters, positions, y, unattended);
      const objective = (at: Float64Array): number =>
        referenceValues(tried, at).reduce((sum, value, e) => sum + X.values[e] * value, 0);
      const random = createRandom(11);
      // Directional derivatives of each block by itself, so that none hides behind a larger one.
      const blocks = [
        layout.embedding,
        layout.inputWeights,
        layout.recurrentWeights,
        layout.inputBias,
        layout.recurrentBias,
        layout.start,
        ...layout.heads.flatMap(({ weights, bias }) => [weights, bias]),
      ];
      const scale = Math.hypot(...gradient);
      for (const block of blocks) {
        const direction = new Float64Array(layout.count);
        blockOf(direction, block).forEach((_, i, all) => (all[i] = random.normal()));
        const step = 1e-5;
        const [ahead, behind] = [step, -step].map((t) =>
          objective(Float64Array.from(parameters, (p, i) => p + t * direction[i])),
        );
        const numeric = (ahead - behind) / (2 * step);
        const exact = gradient.reduce((sum, g, i) => sum + g * direction[i], 0);
        expect(Math.abs(exact - numeric)).toBeLessThan(1e-4 * scale);
      }
      expect(gradient[layout.scale.offset]).toBe(0);
    },
  );

  it.each(cases)(
    'of an %s on %j have a gradient that is the mean of those of the batches',
    (cell, dims, nonzeros, hidden) => {
      const { X, layout, parameters, positions, evaluator } = setUp(dims, nonzeros, cell, hidden);
      const y = new Float32Array(X.values.length);
      const whole = evaluator.gradient(layout, parameters, positions, y, unattended);
      const g = X.values.reduce((sum, value, e) => sum + value * y[e], 0);
      for (const batches of [1, 3, 1000]) {
        const mean = new Float64Array(layout.count);
        let [ofAll, count] = [0, 0];
        const share = { batches, random: createRandom(batches) };
        evaluator.gradientInBatches(layout, parameters, positions, share, unattended, (d, part) => {
          d.forEach((value, i) => (mean[i] += value));
          ofAll += part;
          count++;
        });
        expect(count).toBe(Math.min(batches, Math.ceil(X.values.length / 32)));
        expect(Math.abs(ofAll / count - g)).toBeLessThan(1e-6 * g);
        const difference = Math.hypot(...mean.map((value, i) => value / count - whole[i]));
        expect(difference).toBeLessThan(1e-5 * Math.hypot(...whole));
      }
    },
  );

  it('are the same, bit by bit, evaluated together or alone, and with any number of threads', async () => {
    const { X, code, layout, parameters, positions } = setUp([300, 900], 4000, 'lstm', 7);
    const network = networkOf(layout, parameters);
    const results: [Float32Array, Float64Array, ...Float64Array[]][] = [];
    for (const threads of [1, 3]) {
      configureKernels({ threads });
      await delay(threads > 1 ? 200 : 0);
      const evaluator = new Evaluator(code, X);
      const y = new Float32Array(X.values.length);
      const gradient = evaluator.gradient(layout, parameters, positions, y, unattended);
      const again = new Float32Array(y.length);
      evaluator.evaluate(network, positions, again, unattended);
      expect(again).toEqual(y);
      const ofBatches: Float64Array[] = [];
      const share = { batches: 5, random: createRandom(1) };
      evaluator.gradientInBatches(layout, parameters, positions, share, unattended, (d) => {
        ofBatches.push(d);
      });
      results.push([y, gradient, ...ofBatches]);
    }
    expect(results[1]).toEqual(results[0]);
    for (const e of [0, 17, 3000]) {
      const single = {
        indices: X.indices.map((index) => index.slice(e, e + 1)),
        values: X.values.slice(e, e + 1),
      };
      const alone = new Float32Array(1);
      new Evaluator(code, single).evaluate(network, positions, alone, unattended);
      expect(alone[0]).toBe(results[0][0][e]);
    }
  });
});
