import { elementCount } from '../tensor/tensor';
import { clip, roundHalfEven } from './rounding';

/**
 * Sizes of the modes as Tensor Train takes them: output channels last, (C, H, W, T) for a
 * convolution (T, C, H, W); a matrix as it is.
 */
export function tensorTrainShape(shape: readonly number[]): number[] {
  return shape.length > 2 ? [...shape.slice(1), shape[0]] : [...shape];
}

/** Ranks after the clipping that TT-SVD does: r_{k+1} <= min(r_k I_k, I_{k+1} ... I_{d-1}). */
export function realiseTensorTrainRank(
  modes: readonly number[],
  requested: readonly number[],
): number[] {
  const ranks = [1];
  for (let k = 0; k + 1 < modes.length; k++) {
    const right = elementCount(modes.slice(k + 1));
    ranks.push(Math.max(1, Math.min(ranks[k] * modes[k], right, requested[k + 1])));
  }
  return [...ranks, 1];
}

/** Sum of r_k I_k r_{k+1}. */
export function tensorTrainParameters(modes: readonly number[], ranks: readonly number[]): number {
  return modes.reduce((sum, size, k) => sum + ranks[k] * size * ranks[k + 1], 0);
}

/**
 * The requested ranks that TensorLy's rule gives for the nominal fraction `nominal`: the realised
 * ones keep far less, so the study chose nominal fractions, often above 1, by hand.
 */
export function requestedTensorTrainRank(modes: readonly number[], nominal: number): number[] {
  const means = meansOfNeighbours(modes);
  const last = modes.length - 1;
  let a = 0;
  for (let i = 1; i < last; i++) {
    a += means[i - 1] * modes[i] * means[i];
  }
  const b = modes[0] * means[0] + modes[last] * means[last - 1];
  const target = nominal * elementCount(modes);
  const f = a > 0 ? (-b + Math.sqrt(b * b + 4 * a * target)) / (2 * a) : target / b;
  return requestedAt(means, f);
}

/**
 * The realisable tuple whose parameter count is closest to `target` among those the proportional
 * rule passes through as its factor grows (ties: the smaller).
 */
export function searchTensorTrainRank(modes: readonly number[], target: number): number[] {
  let best: number[] | undefined;
  let bestDistance = Infinity;
  for (const ranks of tensorTrainChain(modes)) {
    const distance = Math.abs(tensorTrainParameters(modes, ranks) - target);
    if (distance < bestDistance) {
      best = ranks;
      bestDistance = distance;
    }
  }
  return best ?? [1, 1];
}

/** Every realised tuple of the proportional rule, from all ones to full ranks, growing. */
export function tensorTrainChain(modes: readonly number[]): number[][] {
  const means = meansOfNeighbours(modes);
  const breakpoints: number[] = [];
  for (let k = 0; k < means.length; k++) {
    const left = elementCount(modes.slice(0, k + 1));
    const right = elementCount(modes.slice(k + 1));
    for (let j = 1; j <= Math.min(left, right); j++) {
      breakpoints.push((j + 0.5) / means[k]);
    }
  }
  breakpoints.sort((x, y) => x - y);
  const chain: number[][] = [];
  for (let i = 0; i <= breakpoints.length; i++) {
    const low = i === 0 ? 0 : breakpoints[i - 1];
    const high = i === breakpoints.length ? 2 * low + 1 : breakpoints[i];
    const ranks = realiseTensorTrainRank(modes, requestedAt(means, (low + high) / 2));
    const previous = chain.at(-1);
    if (!previous || ranks.some((rank, k) => rank !== previous[k])) {
      chain.push(ranks);
    }
  }
  return chain;
}

/**
 * Ranks of the tensor without its modes of size one, put back to the full length: a unit mode
 * passes the rank of its left neighbour on and stores nothing.
 */
export function expandUnitModes(modes: readonly number[], squeezed: readonly number[]): number[] {
  const ranks = [1];
  let at = 0;
  const count = modes.filter((size) => size > 1).length;
  for (const size of modes) {
    if (size > 1) {
      at++;
    }
    ranks.push(at === 0 || at >= count ? 1 : squeezed[at]);
  }
  return ranks;
}

/** The inverse of {@link expandUnitModes}: the bonds between modes larger than one. */
export function squeezeUnitModes(
  modes: readonly number[],
  ranks: readonly number[],
): { modes: number[]; ranks: number[] } {
  const kept = modes.flatMap((size, k) => (size > 1 ? [k] : []));
  if (kept.length === 0) {
    return { modes: [1], ranks: [1, 1] };
  }
  // Between two kept modes the bond is the narrowest of those across the unit modes.
  const bonds = kept.slice(1).map((k, i) => Math.min(...ranks.slice(kept[i] + 1, k + 1)));
  return { modes: kept.map((k) => modes[k]), ranks: [1, ...bonds, 1] };
}

function meansOfNeighbours(modes: readonly number[]): number[] {
  return modes.slice(1).map((size, k) => (modes[k] + size) / 2);
}

function requestedAt(means: readonly number[], factor: number): number[] {
  return [1, ...means.map((mean) => clip(roundHalfEven(mean * factor), 1, Infinity)), 1];
}
