import type { Job } from '../job';
import { clipTuckerRank } from '../ranks/tuckerRank';
import { elementCount, type DenseTensor } from '../tensor/tensor';

/** What HOSVD's error at every rank follows from. */
export interface TuckerEnergies {
  /** Of the decomposed tensor. */
  readonly shape: readonly number[];
  /** Modes whose rank is chosen, ascending; the others stay whole. */
  readonly free: readonly number[];
  /** The squared elements of the full core, summed over the axes after the last free mode. */
  readonly squares: DenseTensor<Float64Array>;
}

/** Ranks of the free modes, and what a search knows of them. */
interface Found {
  readonly ranks: readonly number[];
  readonly parameters: number;
  readonly squaredError: number;
}

/**
 * The ranks with the fewest parameters at which HOSVD's squared error, the energy outside the
 * corner of the core, is at most `squaredBound`; undefined where these have more parameters than
 * the tensor has elements. With two free modes (any convolution) it is the best of all ranks: the
 * minimal pairs form a staircase, which is walked. With another number of them it is a rank of
 * which no single mode can be lowered: descent from the ranks that the bound of De Lathauwer, De
 * Moor and Vandewalle (2000, property 10) guarantees.
 */
export function smallestTuckerRank(
  energies: TuckerEnergies,
  squaredBound: number,
  job: Job,
): number[] | undefined {
  const { shape, free } = energies;
  const energy = overFreeModes(energies);
  const found =
    free.length === 2
      ? walkStaircase(energies, energy, squaredBound)
      : descend(energies, energy, squaredBound, job);
  return found && found.parameters <= elementCount(shape)
    ? withFixedModes(energies, found.ranks)
    : undefined;
}

/** Core with the fixed modes whole, and I_k x R_k of every free mode. */
function parametersAt({ shape, free }: TuckerEnergies, ranks: readonly number[]): number {
  const ofFactors = free.reduce((sum, mode, i) => sum + shape[mode] * ranks[i], 0);
  return sizeOfFixed({ shape, free }) * elementCount(ranks) + ofFactors;
}

function sizeOfFixed({ shape, free }: Pick<TuckerEnergies, 'shape' | 'free'>): number {
  return elementCount(shape.filter((_, mode) => !free.includes(mode)));
}

function withFixedModes({ shape, free }: TuckerEnergies, ranks: readonly number[]): number[] {
  return shape.map((size, mode) => (free.includes(mode) ? ranks[free.indexOf(mode)] : size));
}

/** Ranks that no mode's basis or core can use are cut down, as a decomposition does. */
function clipped(energies: TuckerEnergies, ranks: readonly number[]): number[] {
  const all = clipTuckerRank(energies.shape, withFixedModes(energies, ranks), energies.free);
  return energies.free.map((mode) => all[mode]);
}

/** The squares summed over the fixed modes among the free ones too: a tensor of the free modes. */
function overFreeModes({ free, squares }: TuckerEnergies): DenseTensor<Float64Array> {
  const shape = free.map((mode) => squares.shape[mode]);
  if (free.length === squares.shape.length) {
    return squares;
  }
  const strides = stridesOf(shape);
  const index = squares.shape.map(() => 0);
  const data = new Float64Array(elementCount(shape));
  for (const square of squares.data) {
    data[free.reduce((at, mode, i) => at + index[mode] * strides[i], 0)] += square;
    for (let axis = index.length - 1; axis >= 0 && ++index[axis] === squares.shape[axis]; axis--) {
      index[axis] = 0;
    }
  }
  return { shape, data };
}

/**
 * Two free modes: for every first rank the least second one within the bound, which falls as the
 * first grows; of all these pairs the one with the fewest parameters, then the smaller error.
 */
function walkStaircase(
  energies: TuckerEnergies,
  { shape: [rows, columns], data }: DenseTensor<Float64Array>,
  squaredBound: number,
): Found | undefined {
  const fixed = sizeOfFixed(energies);
  const below = tailsOfRows(rows, columns, data);
  // beyond[c]: the energy of the rows taken so far, from column c on. Only sums, no differences:
  // small errors keep their digits.
  const beyond = new Float64Array(columns + 1);
  let best: Found | undefined;
  let second = columns;
  for (let first = 1; first <= rows; first++) {
    let tail = 0;
    for (let column = columns - 1; column >= 0; column--) {
      tail += data[(first - 1) * columns + column];
      beyond[column] += tail;
    }
    while (second > 1 && below[first] + beyond[second - 1] <= squaredBound) {
      second--;
    }
    // A rank above the product of the others would be cut down.
    const width = Math.max(second, Math.ceil(first / fixed));
    if (below[first] + beyond[second] > squaredBound || width > Math.min(columns, first * fixed)) {
      continue;
    }
    const ranks = [first, width];
    const squaredError = below[first] + beyond[width];
    const parameters = parametersAt(energies, ranks);
    const isBetter =
      !best ||
      parameters < best.parameters ||
      (parameters === best.parameters && squaredError < best.squaredError);
    best = isBetter ? { ranks, parameters, squaredError } : best;
  }
  return best;
}

/** Entry r: the sum of all rows from r on. */
function tailsOfRows(rows: number, columns: number, data: Float64Array): Float64Array {
  const tails = new Float64Array(rows + 1);
  for (let row = rows - 1; row >= 0; row--) {
    let sum = 0;
    for (let at = row * columns; at < (row + 1) * columns; at++) {
      sum += data[at];
    }
    tails[row] = tails[row + 1] + sum;
  }
  return tails;
}

/** Any number of free modes: lowers one rank at a time, the one that saves most for its error. */
function descend(
  energies: TuckerEnergies,
  energy: DenseTensor<Float64Array>,
  squaredBound: number,
  job: Job,
): Found | undefined {
  const full = clipped(energies, energy.shape);
  const guaranteed = guaranteedRanks(energy, squaredBound);
  const isRealised = clipped(energies, guaranteed).every((rank, i) => rank === guaranteed[i]);
  const start = isRealised ? guaranteed : full;
  let current: Found = {
    ranks: start,
    parameters: parametersAt(energies, start),
    squaredError: energyBetween(energy, energy.shape, start),
  };
  while (current.squaredError <= squaredBound) {
    job.throwIfCancelled();
    let next: { found: Found; gain: number } | undefined;
    for (const [axis, rank] of current.ranks.entries()) {
      if (rank > 1) {
        const ranks = clipped(energies, current.ranks.with(axis, rank - 1));
        const added = energyBetween(energy, current.ranks, ranks);
        const squaredError = current.squaredError + added;
        const parameters = parametersAt(energies, ranks);
        const gain = (current.parameters - parameters) / added;
        if (squaredError <= squaredBound && (!next || gain > next.gain)) {
          next = { found: { ranks, parameters, squaredError }, gain };
        }
      }
    }
    if (!next) {
      return current;
    }
    current = next.found;
  }
  return undefined;
}

/** Every free mode may discard an equal share of the bound; the sum of these is never exceeded. */
function guaranteedRanks(
  { shape, data }: DenseTensor<Float64Array>,
  squaredBound: number,
): number[] {
  const strides = stridesOf(shape);
  return shape.map((size, axis) => {
    const slices = new Float64Array(size);
    data.forEach((square, at) => (slices[Math.floor(at / strides[axis]) % size] += square));
    let rank = size;
    let tail = slices[size - 1];
    while (rank > 1 && tail <= squaredBound / shape.length) {
      rank--;
      tail += slices[rank - 1];
    }
    return rank;
  });
}

/** The sum of what lies within the corner of `from` and outside that of `to`, which is smaller. */
function energyBetween(
  { shape, data }: DenseTensor<Float64Array>,
  from: readonly number[],
  to: readonly number[],
): number {
  const strides = stridesOf(shape);
  const sizes = [...from];
  let sum = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    for (; sizes[axis] > to[axis]; sizes[axis]--) {
      sum += sumOfSlice(data, strides, sizes, axis);
    }
  }
  return sum;
}

/** The sum of the last slice along `axis` of the corner of `sizes`, over `depth` and the axes after. */
function sumOfSlice(
  data: Float64Array,
  strides: readonly number[],
  sizes: readonly number[],
  axis: number,
  depth = 0,
  start = 0,
): number {
  if (depth === sizes.length) {
    return data[start];
  }
  let sum = 0;
  for (let i = depth === axis ? sizes[axis] - 1 : 0; i < sizes[depth]; i++) {
    sum += sumOfSlice(data, strides, sizes, axis, depth + 1, start + i * strides[depth]);
  }
  return sum;
}

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}
