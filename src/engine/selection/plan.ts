import type { Attributes, Method, Rank } from '../decompositions/decomposition';

/** A budget for the whole file: parameters kept in total, or an error bound for every tensor. */
export type PlanBudget = { readonly kept: number } | { readonly maxError: number };

export interface PlanOverride {
  readonly tensor: string;
  /** `dense` keeps the tensor as it is; otherwise the method and, if given, the kept level. */
  readonly method: Method | 'dense';
  readonly kept?: number;
}

/** One tensor's line in a plan; `dense` tensors are listed too, with the reason. */
export interface PlanEntry {
  readonly tensor: string;
  readonly method: Method | 'dense';
  readonly rank?: Rank;
  /**
   * What the rank leaves open: `scheme` (svd of a convolution), `block` (kronecker, block),
   * `block` and `blocks` (kpd).
   */
  readonly attributes?: Attributes;
  /** Fraction of the tensor's parameters kept. */
  readonly kept: number;
  readonly relativeError: number;
  readonly reason: string;
}

/** The content of a `*.press.json` file (schema in media/press.schema.json). */
export interface Plan {
  readonly version: 1;
  readonly source: { readonly file: string; readonly sha256?: string };
  readonly budget: PlanBudget;
  readonly seed: number;
  readonly tensors: readonly PlanEntry[];
}

/** What a plan comes to, before anything is written. */
export interface PlanSummary {
  readonly feasible: boolean;
  /** One sentence when the budget cannot be met. */
  readonly reason?: string;
  readonly parameters: number;
  readonly denseParameters: number;
  readonly bytes: number;
  readonly denseBytes: number;
  /** About how much longer the file's header gets by describing the factors. */
  readonly addedHeaderBytes: number;
  readonly macs: number;
  readonly denseMacs: number;
  /**
   * Square root of the summed squared error over the file, and its share of the norm of all
   * floating-point tensors of two and more dimensions.
   */
  readonly error: { readonly absolute: number; readonly relative: number };
}
