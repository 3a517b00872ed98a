import type { Attributes, Method, Rank } from '../decompositions/decomposition';

export interface WeightErrors {
  /** ||W - W~||, Frobenius. */
  readonly absolute: number;
  /** ||W - W~|| / ||W||; 0 when both norms are 0. */
  readonly relative: number;
  /** ||W - W~|| / number of elements. */
  readonly scaled: number;
}

/** What one method at one level costs and saves on one tensor. */
export interface Choice {
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly method: Method;
  /** The requested fraction of parameters kept; undefined when something else was asked for. */
  readonly kept?: number;
  /** The relative error that was not to be exceeded, when that was asked for. */
  readonly askedError?: number;
  /** The share of the squared norm that was to be kept at least, when that was asked for. */
  readonly askedEnergy?: number;
  readonly rank: Rank;
  /**
   * What the rank leaves open: `scheme` (svd of a convolution), `block` (kronecker, block),
   * `block` and `blocks` (kpd).
   */
  readonly attributes?: Attributes;
  /** Values stored, indices not counted. */
  readonly parameters: number;
  readonly denseParameters: number;
  /** parameters / denseParameters. */
  readonly keptActual: number;
  /** In the dtype the factors are stored in (the tensor's own), indices and bitmaps included. */
  readonly bytes: number;
  readonly denseBytes: number;
  /** Multiply-adds per output position (convolution: per output pixel; dense layer: per sample). */
  readonly macs: number;
  readonly denseMacs: number;
  readonly error: WeightErrors;
  /** Smaller in bytes and cheaper in multiply-adds than the dense tensor. */
  readonly profitable: boolean;
  /** Why it is not profitable, or another remark worth a sentence. */
  readonly reason?: string;
  readonly elapsedMs: number;
}

/** A tensor that gets no choices, and why: it stays dense. */
export interface Skipped {
  readonly tensor: string;
  readonly shape: readonly number[];
  /** When this method alone has none, at the levels that the reason names. */
  readonly method?: Method;
  readonly reason: string;
}

/** What the plan needs to know of every tensor of the file, eligible or not. */
export interface TensorCost {
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly macs: number;
  /** ||W||, Frobenius; undefined when the tensor was not read. */
  readonly norm?: number;
}
