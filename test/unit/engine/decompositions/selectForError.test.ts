import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/failures';
import {
  factorise,
  selectForEnergy,
  selectForError,
  type FactoriseOptions,
} from '../../../../src/engine/decompositions';
import {
  methods,
  type Factorisation,
  type Method,
  type RankSelection,
} from '../../../../src/engine/decompositions/decomposition';
import { residualOf } from '../../../../src/engine/decompositions/residual';
import { factoriseTensorTrain } from '../../../../src/engine/decompositions/tensorTrain';
import { factoriseTucker } from '../../../../src/engine/decompositions/tucker';
import { createMatrix } from '../../../../src/engine/linalg/matrix';
import { clipRank, parameterCount } from '../../../../src/engine/ranks';
import { matricisations } from '../../../../src/engine/ranks/matricisation';
import type { DenseTensor } from '../../../../src/engine/tensor/tensor';
import { modeProduct } from '../../../../src/engine/tensor/unfold';
import { syntheticKernel } from '../../../../src/benchmarks/syntheticKernel';
import { norm } from '../../../support/matrices';
import { randomTensor, tensorFrom } from '../../../support/fixtureTensor';

const options: FactoriseOptions = { seed: 3, cp: { maxIterations: 30 } };
const conv = syntheticKernel([16, 12, 3, 3], 1);
const errors = [0.5, 0.6, 0.7, 0.9];

function sizeOf({ method, shape }: Factorisation, { rank, attributes }: RankSelection): number {
  return parameterCount(method, shape, rank, attributes);
}

async function relativeResidual(
  tensor: DenseTensor,
  factorisation: Factorisation,
  { rank, attributes }: RankSelection,
): Promise<number> {
  const decomposition = await factorisation.at(rank, undefined, attributes);
  return (await residualOf(decomposition, tensor)) / norm(tensor.data);
}

/** The selection, of which this asserts that there is one. */
async function found(
  factorisation: Factorisation,
  tensor: DenseTensor,
  error: number,
): Promise<RankSelection> {
  const selection = await selectForError(factorisation, norm(tensor.data), error);
  if (!selection) {
    throw new Error(`${factorisation.method} does not reach ${error}.`);
  }
  return selection;
}

/** Every rank with one entry lowered by one; the modes that are not free come back by clipping. */
function lowered({ rank }: RankSelection): RankSelection[] {
  if (typeof rank === 'number') {
    return rank > 1 ? [{ rank: rank - 1 }] : [];
  }
  return rank.flatMap((value, i) => (value > 1 ? [{ rank: rank.with(i, value - 1) }] : []));
}

describe.each(methods)('%s within an error', (method) => {
  it('reaches it by the explicit residual, and with no single rank lowered', async () => {
    const factorisation = await factorise(method, conv, options);
    for (const error of errors) {
      const selection = await found(factorisation, conv, error);
      expect(await relativeResidual(conv, factorisation, selection)).toBeLessThan(error + 1e-12);
      const { attributes } = selection;
      for (const { rank } of lowered(selection)) {
        const clipped = clipRank(method, conv.shape, rank, attributes);
        if (String(clipped) !== String(selection.rank)) {
          const less = { rank, attributes };
          expect(await relativeResidual(conv, factorisation, less)).toBeGreaterThan(error);
        }
      }
    }
  });

  it('has fewer parameters the larger the error, and at most those of the tensor', async () => {
    const factorisation = await factorise(method, conv, options);
    let before = conv.data.length;
    for (const error of errors) {
      const size = sizeOf(factorisation, await found(factorisation, conv, error));
      expect(size).toBeLessThanOrEqual(before);
      before = size;
    }
    const one = await found(factorisation, conv, 1);
    expect([one.rank].flat().filter((rank, i) => rank !== conv.shape[i] && rank !== 1)).toEqual([]);
  });

  it('is never larger than what bisection on the kept fraction finds', async () => {
    const factorisation = await factorise(method, conv, options);
    const { method: name, shape, at, errorAt, selectForKept } = factorisation;
    const bisected = { method: name, shape, at, errorAt, selectForKept };
    for (const error of errors) {
      const size = sizeOf(factorisation, await found(factorisation, conv, error));
      expect(size).toBeLessThanOrEqual(sizeOf(bisected, await found(bisected, conv, error)));
    }
  });

  it('of 0, on noise, would take more parameters than the tensor has', async () => {
    const noise = randomTensor([6, 5, 2, 2]);
    const factorisation = await factorise(method, noise, { ...options, cp: { maxIterations: 2 } });
    expect(await selectForError(factorisation, norm(noise.data), 0)).toBeUndefined();
    expect(await selectForEnergy(factorisation, norm(noise.data), 1)).toBeUndefined();
  });

  it('of a zero tensor is met by rank one', async () => {
    const factorisation = await factorise(
      method,
      tensorFrom([5, 4, 2, 2], () => 0),
      options,
    );
    const selection = await selectForError(factorisation, 0, 0);
    expect([selection?.rank].flat().slice(0, 2)).toEqual(
      typeof selection?.rank === 'number' ? [1] : [1, 1],
    );
  });

  it('keeps the energy that is asked for', async () => {
    const factorisation = await factorise(method, conv, options);
    const selection = await selectForEnergy(factorisation, norm(conv.data), 0.75);
    expect(selection).toEqual(await found(factorisation, conv, 0.5));
    await expect(selectForEnergy(factorisation, 1, 1.01)).rejects.toThrow(UsageError);
    await expect(selectForError(factorisation, 1, -0.1)).rejects.toThrow(UsageError);
  });

  it('takes a matrix in its own form of ranks, at the smallest rank that reaches it', async () => {
    const matrix = randomTensor([14, 11]);
    const factorisation = await factorise(method, matrix, options);
    const selection = await found(factorisation, matrix, 0.6);
    expect(await relativeResidual(matrix, factorisation, selection)).toBeLessThan(0.6);
    const forms: Partial<Record<Method, number>> = { tucker: 2, tt: 3 };
    const ranks = [selection.rank].flat();
    expect(ranks).toHaveLength(forms[method] ?? 1);
    const less = ranks.map((rank) => Math.max(1, rank - 1));
    const { attributes } = selection;
    const lower = { rank: less.length === 1 ? less[0] : less, attributes };
    expect(await relativeResidual(matrix, factorisation, lower)).toBeGreaterThan(0.6);
  });
});

describe('SVD within an error', () => {
  it('takes the matricisation with the fewest parameters', async () => {
    const factorisation = await factorise('svd', conv, options);
    for (const error of errors) {
      const sizes: number[] = [];
      for (const { scheme, rows, columns } of matricisations(conv.shape)) {
        for (let rank = 1; rank <= Math.min(rows, columns); rank++) {
          const one = { rank, attributes: { scheme } };
          if ((await relativeResidual(conv, factorisation, one)) <= error) {
            sizes.push(sizeOf(factorisation, one));
            break;
          }
        }
      }
      const selection = await found(factorisation, conv, error);
      expect(sizeOf(factorisation, selection)).toBe(Math.min(...sizes));
    }
  });
});

describe('Tucker within an error', () => {
  it.each([[[9, 7, 3, 2]], [[7, 9, 2]], [[12, 2, 2, 2]], [[6, 5, 1, 1]]])(
    'has the fewest parameters of all ranks, on shape %j',
    async (shape) => {
      const tensor = syntheticKernel(shape, 4);
      const factorisation = await factoriseTucker(tensor);
      for (const error of [0.2, 0.4, 0.6, 0.8]) {
        let fewest = Infinity;
        for (let first = 1; first <= shape[0]; first++) {
          for (let second = 1; second <= shape[1]; second++) {
            const rank = clipRank('tucker', shape, [first, second, ...shape.slice(2)]);
            if (((await factorisation.errorAt(rank)) ?? NaN) <= error * norm(tensor.data)) {
              fewest = Math.min(fewest, parameterCount('tucker', shape, rank));
            }
          }
        }
        const selection = await selectForError(factorisation, norm(tensor.data), error);
        const size = selection && sizeOf(factorisation, selection);
        expect(size).toBe(fewest <= tensor.data.length ? fewest : undefined);
      }
    },
  );

  it('recovers the multilinear rank of an exact tensor', async () => {
    const core = randomTensor([2, 3, 3, 3], 5);
    const left = createMatrix(14, 2, randomTensor([14, 2], 6).data);
    const right = createMatrix(12, 3, randomTensor([12, 3], 7).data);
    const tensor = await modeProduct(await modeProduct(core, left, 0), right, 1);
    const factorisation = await factoriseTucker(tensor);
    expect((await found(factorisation, tensor, 1e-6)).rank).toEqual([2, 3, 3, 3]);
  });

  it.each([[[]], [[0]], [[1, 3]], [[0, 1, 2]]])(
    'chooses the ranks of other modes, with modes %j fixed, until none can be lowered',
    async (fixedModes) => {
      const shape = [8, 9, 6, 5];
      const tensor = syntheticKernel(shape, 2);
      const factorisation = await factoriseTucker(tensor, { fixedModes });
      for (const error of [0.4, 0.6, 0.8]) {
        const selection = await found(factorisation, tensor, error);
        const { rank } = selection;
        fixedModes.forEach((mode) => expect((rank as number[])[mode]).toBe(shape[mode]));
        expect(await relativeResidual(tensor, factorisation, selection)).toBeLessThan(error);
        for (const less of lowered(selection)) {
          const { rank: realised } = await factorisation.at(less.rank);
          if (String(realised) !== String(rank)) {
            expect(await relativeResidual(tensor, factorisation, less)).toBeGreaterThan(error);
          }
        }
      }
    },
  );

  it('is bisected on the kept fraction for HOOI', async () => {
    const factorisation = await factoriseTucker(conv, { algorithm: 'hooi', maxIterations: 3 });
    const selection = await found(factorisation, conv, 0.6);
    expect(await relativeResidual(conv, factorisation, selection)).toBeLessThan(0.6);
  });
});

describe('Tensor Train within an error', () => {
  it.each([[[16, 12, 3, 3]], [[9, 8, 7]], [[6, 8, 3, 2, 2]], [[10, 9, 1, 1]]])(
    'never takes more parameters than the rule of TT-SVD, on shape %j',
    async (shape) => {
      const tensor = syntheticKernel(shape, 3);
      const factorisation = await factoriseTensorTrain(tensor);
      let saved = 0;
      for (const error of [0.1, 0.2, 0.4, 0.6, 0.8]) {
        const rule = (await factorisation.within(error)).parameterCount;
        const selection = await selectForError(factorisation, norm(tensor.data), error);
        if (selection) {
          expect(sizeOf(factorisation, selection)).toBeLessThanOrEqual(rule);
          saved += rule - sizeOf(factorisation, selection);
        } else {
          expect(rule).toBeGreaterThan(tensor.data.length);
        }
      }
      // A train of two cores is an SVD, for which the rule is exact.
      const cores = shape.filter((size) => size > 1).length;
      expect(saved > 0).toBe(cores > 2);
    },
  );

  it('recovers the ranks of an exact tensor', async () => {
    const left = createMatrix(12, 2, randomTensor([12, 2], 1).data);
    const right = createMatrix(14, 3, randomTensor([14, 3], 2).data);
    const core = randomTensor([3, 2, 4, 4], 3);
    const tensor = await modeProduct(await modeProduct(core, right, 0), left, 1);
    const factorisation = await factoriseTensorTrain(tensor);
    const { rank } = await found(factorisation, tensor, 1e-6);
    expect(rank).toEqual([1, 2, 8, 3, 1]);
  });
});
