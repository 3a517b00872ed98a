import { describe, expect, it } from 'vitest';
import { unattended } from '../../../../src/engine/job';
import { firstColumns } from '../../../../src/engine/linalg/matrix';
import { svd } from '../../../../src/engine/linalg/svd';
import { createRandom } from '../../../../src/engine/random';
import { createGains, isSketched, pickRows } from '../../../../src/engine/sparsity/kpdGains';
import {
  distance,
  matrixWithSpectrum,
  norm,
  orthonormalColumns,
  plainProduct,
  randomMatrix,
} from '../../../support/matrices';

const random = createRandom(4);

/** Masks of a size that change little, then much, then not at all. */
function masks(count: number, size: number): Uint32Array[] {
  const keys = Float64Array.from({ length: count }, () => random.next());
  const pick = () =>
    Uint32Array.from(keys.keys())
      .sort((x, y) => keys[x] - keys[y])
      .slice(0, size)
      .sort();
  const first = pick();
  keys[first[0]] = 2;
  const second = pick();
  keys.forEach((_, p) => (keys[p] = random.next()));
  const third = pick();
  return [first, second, third, third];
}

function energiesOf({ rows, columns, data }: ReturnType<typeof randomMatrix>): Float64Array {
  return Float64Array.from(
    { length: rows },
    (_, p) => norm(data.subarray(p * columns, (p + 1) * columns)) ** 2,
  );
}

describe('createGains', () => {
  it.each([
    ['few terms of small blocks', 60, 12, 30, 3],
    ['nearly all terms of small blocks', 60, 12, 30, 10],
    ['fewer kept blocks than entries', 60, 40, 9, 4],
    ['fewer blocks than entries', 30, 100, 20, 5],
  ] as const)('projects on the best row space of the mask: %s', async (_, p, s, q, rank) => {
    const rows = randomMatrix(p, s, 3);
    const problem = { rows, energies: energiesOf(rows), blocks: q, rank, seed: 0 };
    expect(isSketched(problem)).toBe(false);
    const gains = createGains(problem, unattended);
    for (const mask of [...masks(p, q), Uint32Array.from({ length: p }, (_, k) => k)]) {
      const { data, columns } = pickRows(rows, mask);
      const { V } = await svd(
        { rows: mask.length, columns, data: Float64Array.from(data) },
        { rank },
      );
      const projected = plainProduct(rows, V);
      const expected = energiesOf(projected);
      expect(distance(await gains(mask), expected)).toBeLessThan(1e-11 * norm(expected));
    }
  });

  it('by a sketch comes to the same where singular values are clear of the rest', async () => {
    const spectrum = Array.from({ length: 20 }, (_, i) => (i < 3 ? 10 - i : 0.1));
    const rows = matrixWithSpectrum(690, 700, spectrum, 1);
    const problem = { rows, energies: energiesOf(rows), blocks: 690, rank: 3, seed: 1 };
    expect(isSketched(problem)).toBe(true);
    const gains = createGains(problem, unattended);
    const mask = Uint32Array.from({ length: 690 }, (_, k) => k);
    // The right singular vectors that the matrix is made of.
    const V = firstColumns(orthonormalColumns(700, 20, 2), 3);
    const expected = energiesOf(plainProduct(rows, V));
    await gains(mask);
    expect(distance(await gains(mask), expected)).toBeLessThan(1e-9 * norm(expected));
  });
});
