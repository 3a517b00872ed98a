import { Failure } from '../../failures';
import type { Job } from '../../engine/job';
import { createRandom, type Random } from '../../engine/random';
import { below, randomPermutation, shuffle } from '../../engine/sparse/sampling';
import { sparseTensor, type SparseTensor } from '../../engine/sparse/sparseTensor';
import { degreeSequence, type DegreeShape } from './degreeSequence';
import { email, exampleTensor } from './published';

/** What a synthetic matrix or tensor is like. */
export interface SyntheticShape {
  readonly nonzeros: number;
  readonly modes: readonly DegreeShape[];
  /** Blocks along the diagonal, once indices are sorted by block. */
  readonly blocks: number;
  /** Share of the nonzeros that ignore the blocks. */
  readonly scattered: number;
  /** Values are whole numbers v >= 1 with the probability (1 - q) q^(v - 1); ones where it is 0. */
  readonly repeats: number;
}

/**
 * In place of email: the same size and nonzeros, all of them 1, degrees as steep (there the heaviest
 * row has 964 nonzeros and the median one 48, the columns 40 and 2), and 64 blocks that hold nine of
 * ten nonzeros.
 */
export const emailLike: SyntheticShape = {
  nonzeros: email.nonzeros,
  modes: [
    { size: email.dims[0], least: 1, most: 964, tail: 1.35 },
    { size: email.dims[1], least: 1, most: 40, tail: 1.5 },
  ],
  blocks: 64,
  scattered: 0.1,
  repeats: 0,
};

/** In place of the example tensor: the same size and nonzeros, degrees as steep, one value in twelve above 1. */
export const exampleLike: SyntheticShape = {
  nonzeros: exampleTensor.nonzeros,
  modes: exampleTensor.dims.map((size) => ({ size, least: 40, most: 1420, tail: 1.3 })),
  blocks: 8,
  scattered: 0.2,
  repeats: 0.08,
};

/** Tries to separate a place at once before others are disturbed, and in all, for each place. */
const directTries = 100;
const mostTries = 1000;

/**
 * A tensor with heavy-tailed degrees and a block structure, which a seed determines. Every mode has
 * exactly the degrees of {@link degreeSequence}, given to its indices at random: each index takes as
 * many places on a line of all nonzeros as its degree says. Cut into blocks, the lines of all modes are
 * shuffled within each, and a share of the places over the whole line; one nonzero takes the indices
 * that stand at its place in each line. Where coordinates come twice, indices of one mode change
 * places until none do.
 * @throws UsageError for impossible degrees, Failure when they leave no room for different coordinates.
 */
export function syntheticTensor(shape: SyntheticShape, seed: number, job: Job): SparseTensor {
  const { modes, nonzeros, blocks, scattered, repeats } = shape;
  const random = createRandom(seed);
  const lines = modes.map((mode) => {
    const line = lineOf(degreeSequence(mode, nonzeros), random);
    for (let block = 0; block < blocks; block++) {
      const from = Math.round((block / blocks) * nonzeros);
      const to = Math.round(((block + 1) / blocks) * nonzeros);
      shuffle(line.subarray(from, to), random);
    }
    scatter(line, Math.round(scattered * nonzeros), random);
    return line;
  });
  job.throwIfCancelled();
  separate(lines, modes, random, job);
  const values = Float64Array.from({ length: nonzeros }, () =>
    repeats === 0 ? 1 : 1 + Math.floor(Math.log(1 - random.next()) / Math.log(repeats)),
  );
  return sparseTensor(
    modes.map(({ size }) => size),
    lines,
    values,
    job,
  );
}

/** Index after index in random order, each as often as its degree says. */
function lineOf(degrees: Uint32Array, random: Random): Uint32Array {
  const names = randomPermutation(degrees.length, random);
  const line = new Uint32Array(degrees.reduce((sum, degree) => sum + degree, 0));
  let at = 0;
  // In falling order, a block of the line would hold heavy indices alone, or light ones.
  for (const [i, degree] of shuffle(degrees, random).entries()) {
    line.fill(names[i], at, at + degree);
    at += degree;
  }
  return line;
}

/** Shuffles what stands at `count` places of the line, wherever they are. */
function scatter(line: Uint32Array, count: number, random: Random): void {
  const places = randomPermutation(line.length, random).subarray(0, count);
  const taken = shuffle(
    places.map((place) => line[place]),
    random,
  );
  places.forEach((place, i) => (line[place] = taken[i]));
}

/**
 * Swaps indices of single modes until no coordinates come twice; degrees stay as they are. A place
 * that finds no partner with which both become new takes new coordinates from one that then has none
 * of its own and goes on looking in its stead.
 */
function separate(
  lines: readonly Uint32Array[],
  modes: readonly DegreeShape[],
  random: Random,
  job: Job,
): void {
  const count = lines[0].length;
  const keyOf = (place: number): number =>
    lines.reduce((key, line, mode) => key * modes[mode].size + line[place], 0);
  const placeOf = new Map<number, number>();
  const waiting: number[] = [];
  for (let place = 0; place < count; place++) {
    settle(place);
  }
  let tries = mostTries * count;
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    job.throwIfCancelled();
    // Meanwhile the other one may have moved away.
    let isSettled = !placeOf.has(keyOf(place));
    if (isSettled) {
      settle(place);
    }
    for (let own = 0; !isSettled; own++) {
      if (--tries < 0) {
        throw new Failure(
          'internal',
          `The degrees of the synthetic data leave no room for ${count} different places.`,
        );
      }
      isSettled = exchange(place, own < directTries);
    }
  }

  /** Gives a place its coordinates, or lets it wait when another one has them. */
  function settle(place: number): void {
    const key = keyOf(place);
    if (placeOf.has(key)) {
      waiting.push(place);
    } else {
      placeOf.set(key, place);
    }
  }

  /** Exchanges one mode's index with a place that has coordinates of its own. */
  function exchange(place: number, mustBothBeNew: boolean): boolean {
    const other = below(count, random);
    const line = lines[below(lines.length, random)];
    const key = keyOf(other);
    if (line[other] === line[place] || placeOf.get(key) !== other) {
      return false;
    }
    swap(line, place, other);
    const [first, second] = [keyOf(place), keyOf(other)];
    if (placeOf.has(first) || (mustBothBeNew && (first === second || placeOf.has(second)))) {
      swap(line, place, other);
      return false;
    }
    placeOf.delete(key);
    placeOf.set(first, place);
    settle(other);
    return true;
  }
}

function swap(line: Uint32Array, i: number, j: number): void {
  [line[i], line[j]] = [line[j], line[i]];
}
