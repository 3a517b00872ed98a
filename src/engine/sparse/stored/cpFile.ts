import type { Matrix } from '../../linalg/matrix';
import type { SparseCpModel } from '../cp';
import type { Approximation } from './approximation';
import { placeFactors, readPlaces, type Factor, type FactorReader } from './factorFile';
import { productSum } from './productSum';

export function cpFactors({ factors, places }: SparseCpModel): Factor[] {
  return [...modeFactors(factors), ...placeFactors(places)];
}

export async function readCp(
  reader: FactorReader,
  { dims }: { readonly dims: readonly number[] },
): Promise<Approximation> {
  reader.require(dims.length >= 2, 'has CP factors of a tensor of one mode');
  const { places, sizes } = await readPlaces(reader, dims);
  const [, rank] = reader.shape('factors.0', 2);
  // No tensor has a higher rank than the product of all sizes but the largest.
  const mostRank = sizes.reduce((product, size) => product * size, 1) / Math.max(1, ...sizes);
  reader.require(rank >= 1 && rank <= Math.max(1, mostRank), `has factors of the rank ${rank}`);
  const factors: Matrix[] = [];
  for (const [mode, size] of sizes.entries()) {
    factors.push(await reader.matrix(`factors.${mode}`, size, rank));
  }
  return productSum(places, factors, rank * dims.reduce((sum, size) => sum + size, 0));
}

/** `factors.0` and so on. */
export function modeFactors(factors: readonly Matrix[]): Factor[] {
  return factors.map(({ rows, columns, data }, mode) => ({
    name: `factors.${mode}`,
    shape: [rows, columns],
    data,
  }));
}
