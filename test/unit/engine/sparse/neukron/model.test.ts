import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unattended } from '../../../../../src/engine/job';
import { Decoder } from '../../../../../src/engine/sparse/neukron/decoder';
import { Evaluator } from '../../../../../src/engine/sparse/neukron/evaluator';
import { networkOf } from '../../../../../src/engine/sparse/neukron/network';
import {
  blockOf,
  initialParameters,
  parameterLayout,
} from '../../../../../src/engine/sparse/neukron/parameters';
import { positionCode, tokensOf } from '../../../../../src/engine/sparse/neukron/positionCode';
import { generatedProduct, lossAt, scaleOf } from '../../../../../src/engine/sparse/neukron/scale';
import { squaredNorm, sparseTensor } from '../../../../../src/engine/sparse/sparseTensor';
import { sharedPath } from '../../../../support/shared';

interface Fixture {
  readonly lstm: {
    readonly q: number;
    readonly output: number[][];
    readonly sumOfSquares: number;
    readonly sequenceOf_2_3: number[];
    readonly nonzeros: [number, number, number][];
    readonly loss: number;
    readonly closedFormScale: number;
    readonly lossAtClosedFormScale: number;
  };
  readonly staticKronecker: {
    readonly logits: number[][];
    readonly q: number;
    readonly output: number[][];
    readonly nonzeros: [number, number, number][];
    readonly loss: number;
  };
}

const path = sharedPath('methods/fixtures/neukron.json');
const fixture = path ? (JSON.parse(readFileSync(path, 'utf8')) as Fixture) : undefined;
const code = positionCode([4, 8]);
const layout = parameterLayout({ cell: 'lstm', hidden: 2, modes: 2 });

function identityOrders(): Uint32Array[] {
  return code.bits.map((bits) => Uint32Array.from({ length: 2 ** bits }, (_, i) => i));
}

function check(
  parameters: Float32Array,
  expected: { q: number; output: number[][]; nonzeros: [number, number, number][]; loss: number },
): { g: number; norm: number } {
  const network = networkOf(layout, parameters);
  const decoder = new Decoder({
    dims: [4, 8],
    code,
    parts: [{ network, scale: scaleOf('learned', 0, expected.q, 3) }],
  });
  const difference = decoder.all().map((value, i) => value - expected.output.flat()[i]);
  expect(Math.hypot(...difference)).toBeLessThan(1e-6);
  const entries = expected.output.flatMap((row, i) =>
    row.map((value, j) => decoder.entry([i, j]) - value),
  );
  expect(Math.hypot(...entries)).toBeLessThan(1e-6);

  const X = sparseTensor(
    [4, 8],
    [0, 1].map((mode) => Uint32Array.from(expected.nonzeros, (entry) => entry[mode])),
    Float64Array.from(expected.nonzeros, (entry) => entry[2]),
  );
  const y = new Float32Array(X.values.length);
  new Evaluator(code, X).evaluate(network, identityOrders(), y, unattended);
  const g = generatedProduct(X.values, y);
  const norm = squaredNorm(X);
  const scale = scaleOf('learned', g, expected.q, 3);
  expect(Math.abs(lossAt(scale, g, norm) - expected.loss)).toBeLessThan(1e-5);
  return { g, norm };
}

describe.skipIf(!fixture)(
  'the tiny network of the published formulas (needs shared/methods)',
  () => {
    it('has its 83 parameters, tokens, outputs and losses', () => {
      const { lstm } = fixture!;
      expect(layout.count).toBe(83);
      const parameters = Float32Array.from({ length: 83 }, (_, n) => 0.8 * Math.sin(n + 1));
      parameters[82] = lstm.q;
      expect(tokensOf(code, [2, 3])).toEqual(lstm.sequenceOf_2_3);
      const { g, norm } = check(parameters, lstm);
      expect(scaleOf('closed-form', g, lstm.q, 3)).toBeCloseTo(lstm.closedFormScale, 6);
      expect(lossAt(g, g, norm)).toBeCloseTo(lstm.lossAtClosedFormScale, 5);
    });

    it('without weights is an ordinary Kronecker product', () => {
      const { staticKronecker } = fixture!;
      const parameters = new Float32Array(layout.count);
      const [start, first, second] = staticKronecker.logits;
      blockOf(parameters, layout.start).set(start);
      blockOf(parameters, layout.heads[0].bias).set(first);
      blockOf(parameters, layout.heads[1].bias).set(second);
      check(parameters, staticKronecker);
    });
  },
);

describe('parameters', () => {
  it('are as many as the published count says', () => {
    const counts = [
      [5, 2, 311],
      [11, 2, 1199],
      [30, 2, 7811],
      [59, 2, 29039],
      [60, 2, 30011],
      [90, 2, 66611],
      [5, 3, 403],
      [30, 3, 8303],
      [60, 3, 30983],
      [30, 4, 9287],
      [90, 4, 70967],
    ];
    for (const [hidden, modes, count] of counts) {
      expect(parameterLayout({ cell: 'lstm', hidden, modes }).count).toBe(count);
    }
  });

  it.each([[[16, 64]], [[3, 5, 17]], [[100]], [[2, 3, 4, 5]]])(
    'generate values over the padded grid of %j whose squares add up to 1',
    (dims) => {
      const grid = dims.map((size) => 2 ** Math.ceil(Math.log2(size)));
      const padded = positionCode(grid);
      for (const cell of ['lstm', 'gru'] as const) {
        const shape = parameterLayout({ cell, hidden: 7, modes: dims.length });
        const network = networkOf(shape, initialParameters(shape, padded, 1, 2));
        const decoder = new Decoder({ dims: grid, code: padded, parts: [{ network, scale: 1 }] });
        const sum = decoder.all().reduce((total, value) => total + value * value, 0);
        expect(Math.abs(sum - 1)).toBeLessThan(1e-5);
      }
    },
  );
});
