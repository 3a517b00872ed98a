import type { TensorStatistics } from '../protocol/engine';
import { UsageError } from '../failures';
import { part, type Job } from './job';
import { svd } from './linalg/svd';
import { rankForEnergy } from './ranks';
import { elementCount, formatShape, type DenseTensor, type FloatArray } from './tensor/tensor';
import { asMatrix } from './tensor/unfold';

export interface StatisticsOptions {
  /** The tensor's name, repeated in the result. */
  readonly name: string;
  /** Bars of the histogram, 1 to 10 000. */
  readonly bins: number;
  readonly seed: number;
}

const maxBins = 10_000;

/** Elements handled between two looks at the stop sign. */
const chunkLength = 2 ** 18;

/**
 * Most multiplications (short side squared times long side) an exact spectrum may take: about a
 * minute of one core, the longest a person looking at a table can be expected to wait.
 */
const maxSpectrumWork = 2e10;

/**
 * Moments (population standard deviation) and histogram of the finite values, handed to `emit` as
 * soon as they are known; then the singular values of the tensor as a matrix T x (C H W).
 * @param tensor finite or not, of any order. @returns everything, the moments included.
 * @throws UsageError for an impossible number of bins; CancelledError.
 */
export async function tensorStatistics(
  tensor: DenseTensor,
  options: StatisticsOptions,
  job: Job,
  emit: (part: TensorStatistics) => void,
): Promise<TensorStatistics> {
  const { name, bins, seed } = options;
  if (!Number.isInteger(bins) || bins < 1 || bins > maxBins) {
    throw new UsageError(`A histogram has 1 to ${maxBins} bins, not ${bins}.`, {
      value: bins,
      limit: maxBins,
    });
  }
  const momentsJob = part(job, 0, 0.1);
  const counted = countValues(tensor.data, momentsJob);
  const moments: TensorStatistics = {
    tensor: name,
    count: tensor.data.length,
    nonFinite: counted.nonFinite,
    zeros: counted.zeros,
    ...describeFinite(tensor.data, counted, bins, momentsJob),
  };
  const unavailable = whyNoSpectrum(tensor, counted);
  if (unavailable !== undefined) {
    const result = { ...moments, spectrumUnavailable: unavailable };
    emit(result);
    return result;
  }
  emit(moments);
  const result = { ...moments, spectrum: await spectrumOf(tensor, seed, part(job, 0.1, 1)) };
  emit(result);
  return result;
}

interface Counted {
  readonly finite: number;
  readonly nonFinite: number;
  readonly zeros: number;
  readonly min: number;
  readonly max: number;
}

function countValues(data: FloatArray, job: Job): Counted {
  let nonFinite = 0;
  let zeros = 0;
  let min = Infinity;
  let max = -Infinity;
  forEachChunk(data.length, job, (from, to) => {
    for (let i = from; i < to; i++) {
      const x = data[i];
      // The difference is NaN for NaN and for both infinities, and 0 for everything else.
      if (x - x !== 0) {
        nonFinite++;
        continue;
      }
      if (x === 0) {
        zeros++;
      }
      min = x < min ? x : min;
      max = x > max ? x : max;
    }
  });
  return { finite: data.length - nonFinite, nonFinite, zeros, min, max };
}

/** Mean first, then squared deviations from it: no cancellation, whatever the offset. */
function describeFinite(
  data: FloatArray,
  { finite, min, max }: Counted,
  bins: number,
  job: Job,
): Pick<TensorStatistics, 'min' | 'max' | 'mean' | 'std' | 'histogram'> {
  if (finite === 0) {
    return {};
  }
  // Powers of two, hence exact; squares and sums then stay within range for every finite tensor.
  const scale = safeScale(Math.max(Math.abs(min), Math.abs(max)));
  const mean = meanOf(data, finite, scale, job);
  const [low, high] = histogramRange(min, max);
  const counts = new Float64Array(bins);
  const start = low * scale;
  const width = high * scale - start;
  let squares = 0;
  let rest = 0;
  forEachChunk(data.length, job, (from, to) => {
    let chunkSquares = 0;
    let chunkRest = 0;
    for (let i = from; i < to; i++) {
      const x = data[i] * scale;
      if (x - x !== 0) {
        continue;
      }
      const deviation = x - mean;
      chunkSquares += deviation * deviation;
      chunkRest += deviation;
      const bin = Math.floor(((x - start) / width) * bins);
      counts[bin < bins ? bin : bins - 1]++;
    }
    squares += chunkSquares;
    rest += chunkRest;
  });
  // What rounding left of the summed deviations is taken off the variance (two-pass correction).
  const variance = Math.max(0, (squares - (rest * rest) / finite) / finite);
  return {
    min,
    max,
    mean: mean / scale,
    std: Math.sqrt(variance) / scale,
    histogram: { low, high, counts: Array.from(counts) },
  };
}

function meanOf(data: FloatArray, finite: number, scale: number, job: Job): number {
  let sum = 0;
  forEachChunk(data.length, job, (from, to) => {
    let chunkSum = 0;
    for (let i = from; i < to; i++) {
      const x = data[i] * scale;
      if (x - x === 0) {
        chunkSum += x;
      }
    }
    sum += chunkSum;
  });
  return sum / finite;
}

/** 1 for ordinary weights; a power of two for magnitudes whose squares over- or underflow. */
function safeScale(largest: number): number {
  if (largest > 2 ** 400) {
    return 2 ** -700;
  }
  return largest < 2 ** -400 ? 2 ** 600 : 1;
}

/** From the least to the greatest value; around a single value, a range of its own size. */
function histogramRange(min: number, max: number): readonly [low: number, high: number] {
  if (min < max) {
    return [min, max];
  }
  const margin = min === 0 ? 0.5 : Math.max(Math.abs(min) / 2, Number.MIN_VALUE);
  return [Math.max(min - margin, -Number.MAX_VALUE), Math.min(min + margin, Number.MAX_VALUE)];
}

function whyNoSpectrum({ shape }: DenseTensor, { finite, nonFinite }: Counted): string | undefined {
  if (shape.length < 2) {
    return `A tensor of order ${shape.length} is no matrix and has no singular values.`;
  }
  if (finite + nonFinite === 0) {
    return `A tensor of shape ${formatShape(shape)} is empty and has no singular values.`;
  }
  if (nonFinite > 0) {
    return `The tensor holds ${nonFinite} values that are NaN or infinite; singular values need finite ones.`;
  }
  const [rows, columns] = matrixShape(shape);
  const short = Math.min(rows, columns);
  if (short * rows * columns > maxSpectrumWork) {
    return `The spectrum of a ${rows} × ${columns} matrix takes longer than a minute and is not computed here.`;
  }
  return undefined;
}

function matrixShape(shape: readonly number[]): readonly [rows: number, columns: number] {
  return [shape[0], elementCount(shape.slice(1))];
}

async function spectrumOf(
  tensor: DenseTensor,
  seed: number,
  job: Job,
): Promise<NonNullable<TensorStatistics['spectrum']>> {
  const [rows, columns] = matrixShape(tensor.shape);
  const { s } = await svd(asMatrix(tensor, rows, columns), { seed }, job);
  const rankFor = (energy: number) => (s[0] > 0 ? rankForEnergy(s, energy) : 0);
  return {
    matrix: [rows, columns],
    singularValues: Array.from(s),
    ranks: { energy90: rankFor(0.9), energy95: rankFor(0.95), energy99: rankFor(0.99) },
  };
}

function forEachChunk(length: number, job: Job, visit: (from: number, to: number) => void): void {
  for (let from = 0; from < length; from += chunkLength) {
    job.throwIfCancelled();
    visit(from, Math.min(from + chunkLength, length));
  }
}
