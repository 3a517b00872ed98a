import type { Job } from '../job';
import type { DenseTensor, FloatArray } from '../tensor/tensor';

/** Every method, in the order of tables and of ties: the decompositions, then the block-sparse forms. */
export const methods = ['svd', 'cp', 'tucker', 'tt', 'kronecker', 'block', 'kpd'] as const;
export type Method = (typeof methods)[number];

/** What is looked at where nobody says which: the decompositions. */
export const defaultMethods: readonly Method[] = ['svd', 'cp', 'tucker', 'tt', 'kronecker'];

/**
 * A number for `svd`, `cp`, `kronecker` and `kpd` (its number of terms) and for `block` (the number
 * of blocks kept); a tuple for `tucker` (T, C, H, W) and for `tt` (1, R1, R2, R3, 1).
 */
export type Rank = number | readonly number[];

/** Types of the factors that say where values belong: whole numbers, stored as they are. */
export const indexDTypes = ['int32', 'uint8'] as const;
export type IndexDType = (typeof indexDTypes)[number];

/** One stored array of a decomposition. `name` is its suffix in a pressed file, e.g. `core`. */
export interface Factor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: FloatArray;
  /** Of indices and bitmaps; left out, the factor holds values, stored in the tensor's own type. */
  readonly dtype?: IndexDType;
}

/** What, beside rank and factors, is needed to rebuild the tensor (JSON-serialisable). */
export type Attributes = Readonly<Record<string, string | number | boolean | readonly number[]>>;

/** The one kind of result every method returns. */
export interface Decomposition {
  readonly method: Method;
  /** Shape of the tensor that was decomposed. */
  readonly shape: readonly number[];
  /** The realised rank, after clipping to what the shape allows. */
  readonly rank: Rank;
  /** Values stored, indices and bitmaps not counted. */
  readonly parameterCount: number;
  readonly factors: readonly Factor[];
  readonly attributes: Attributes;
  /** The dense approximation, row-major, of shape `shape`. */
  reconstruct(job?: Job): Promise<DenseTensor<Float64Array>>;
  /**
   * ||X - X~|| for `tensor` X without forming X~ as a whole, where that can be done; `residualOf`
   * answers for every decomposition.
   */
  residual?(tensor: DenseTensor, job?: Job): Promise<number>;
}

/** A rank, and what a plan must keep beside it for `at` to give the same decomposition again. */
export interface RankSelection {
  readonly rank: Rank;
  readonly attributes?: Attributes;
}

/**
 * A factorisation that serves many ranks: `svd`, `tucker` (HOSVD), `tt` (shared first SVD) and
 * `kronecker` factor once and truncate, `block` orders its blocks once; `cp` and `kpd` fit anew for
 * each rank.
 */
export interface Factorisation {
  readonly method: Method;
  readonly shape: readonly number[];
  /**
   * The decomposition at `rank`, clipped to what the shape allows. The same for the same tensor,
   * seed, rank and `attributes` (those of a {@link RankSelection}, where the method has a choice:
   * `scheme` of svd, `block` of kronecker; left out, the one with the smallest error at `rank`). For
   * `block` and `kpd` what is left out has its default (src/engine/ranks/blockLayout.ts), because
   * ranks of blocks of different sizes do not compare.
   */
  at(rank: Rank, job?: Job, attributes?: Attributes): Promise<Decomposition>;
  /**
   * Frobenius norm of the residual at `rank` in exact arithmetic on the factors, in f64, or
   * undefined when only an explicit residual can tell (CP; HOSVD and TT know it from the spectra).
   */
  errorAt(rank: Rank, job?: Job, attributes?: Attributes): Promise<number | undefined>;
  /**
   * The rank for a kept fraction, where that takes more than the shape (svd of a convolution,
   * kronecker, block, kpd); the other methods leave this out and `rankForKept` tells.
   */
  selectForKept?(kept: number, job?: Job): Promise<RankSelection>;
  /**
   * The rank with the fewest parameters that the method can tell to have a residual of at most
   * `absoluteError` (Frobenius), or undefined when these are more than the tensor has elements.
   * Left out (HOOI), `selectForError` searches the kept fractions.
   */
  selectForError?(absoluteError: number, job?: Job): Promise<RankSelection | undefined>;
}
