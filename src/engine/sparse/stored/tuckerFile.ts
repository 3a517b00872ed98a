import type { Job } from '../../job';
import type { Matrix } from '../../linalg/matrix';
import { dot } from '../../linalg/vectors';
import { addScaledRow } from '../sparseProducts';
import type { SparseTuckerModel } from '../tucker';
import type { Approximation } from './approximation';
import { modeFactors } from './cpFile';
import { placeFactors, readPlaces, type Factor, type FactorReader } from './factorFile';
import { columnGram, fibreEntry, fibreError, fibreFiller, type FibreModel } from './fibres';

export function tuckerFactors({ core, factors, places }: SparseTuckerModel): Factor[] {
  return [
    { name: 'core', shape: core.shape, data: core.data },
    ...modeFactors(factors),
    ...placeFactors(places),
  ];
}

export async function readTucker(
  reader: FactorReader,
  { dims }: { readonly dims: readonly number[] },
): Promise<Approximation> {
  reader.require(dims.length >= 2, 'has Tucker factors of a tensor of one mode');
  const { places, sizes } = await readPlaces(reader, dims);
  const ranks = reader.shape('core', dims.length);
  reader.require(
    ranks.every((rank, mode) => rank <= sizes[mode]),
    `has a core of ${ranks.join(' x ')}, larger than the tensor`,
  );
  const core = await reader.numbers('core', ranks);
  const factors: Matrix[] = [];
  for (const [mode, size] of sizes.entries()) {
    factors.push(await reader.matrix(`factors.${mode}`, size, ranks[mode]));
  }
  const contraction = new Contraction(core, ranks, factors);
  const model: FibreModel = {
    places,
    sizes,
    last: factors[factors.length - 1],
    coefficients: (digits, target, at) => target.set(contraction.at(digits), at),
    square: (job) => squareOf(core, ranks, factors, job),
  };
  const parameters = dims.reduce((sum, size, mode) => sum + size * ranks[mode], core.length);
  return {
    parameters,
    hasOrders: true,
    places,
    width: 'tile',
    entry: (index) => fibreEntry(model, index),
    fill: fibreFiller(model),
    squaredError: (X, job) => fibreError(model, X, job),
  };
}

/**
 * The core contracted with a row of every factor but the last. What the first modes contribute is kept
 * until one of their rows changes, so that neighbours cost little.
 */
class Contraction {
  /** After modes 0 to k: the core of the modes behind them. */
  private readonly partial: readonly Float64Array[];
  private readonly rows: number[];

  constructor(
    private readonly core: Float64Array,
    ranks: readonly number[],
    private readonly factors: readonly Matrix[],
  ) {
    const leading = ranks.slice(0, -1);
    this.partial = leading.map(
      (_, mode) => new Float64Array(ranks.slice(mode + 1).reduce((size, rank) => size * rank, 1)),
    );
    this.rows = leading.map(() => -1);
  }

  at(digits: readonly number[]): Float64Array {
    let isNew = false;
    for (let mode = 0; mode < digits.length; mode++) {
      isNew ||= this.rows[mode] !== digits[mode];
      if (!isNew) {
        continue;
      }
      this.rows[mode] = digits[mode];
      const from = mode === 0 ? this.core : this.partial[mode - 1];
      const target = this.partial[mode];
      const { columns, data } = this.factors[mode];
      target.fill(0);
      for (let r = 0; r < columns; r++) {
        const weight = data[digits[mode] * columns + r];
        addScaledRow(target, 0, from, r * target.length, weight, target.length);
      }
    }
    return this.partial[this.partial.length - 1];
  }
}

/** <G, G x_1 A_1^T A_1 ... x_d A_d^T A_d>; G itself where the factors are orthonormal. */
function squareOf(
  core: Float64Array,
  ranks: readonly number[],
  factors: readonly Matrix[],
  job: Job,
): number {
  let current = core;
  for (const [mode, factor] of factors.entries()) {
    const { data } = columnGram(factor, job);
    const R = ranks[mode];
    const inner = ranks.slice(mode + 1).reduce((size, rank) => size * rank, 1);
    const next = new Float64Array(current.length);
    for (let block = 0; block < current.length; block += R * inner) {
      job.throwIfCancelled();
      for (let to = 0; to < R; to++) {
        for (let from = 0; from < R; from++) {
          const weight = data[to * R + from];
          addScaledRow(next, block + to * inner, current, block + from * inner, weight, inner);
        }
      }
    }
    current = next;
  }
  return dot(core, 0, current, 0, core.length);
}
