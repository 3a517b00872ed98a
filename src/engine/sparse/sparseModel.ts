/** The methods that make a sparse matrix or tensor smaller; all of them report a {@link SparseModel}. */
export const sparseMethods = [
  'neukron',
  'kronfit',
  'tsvd',
  'cur',
  'cmd',
  'accams',
  'baccams',
  'cp',
  'tucker',
] as const;

export type SparseMethod = (typeof sparseMethods)[number];

/**
 * What a method made of a sparse tensor X. Errors are squared Frobenius norms over all entries,
 * zeros included: ||X - X~||^2 = ||X||^2 - 2 <X, X~> + ||X~||^2, never over the nonzeros alone.
 */
export interface SparseModel {
  readonly method: SparseMethod;
  readonly dims: readonly number[];
  /** Numbers stored. */
  readonly parameters: number;
  /** What they take, by the convention of the method's publication (`sizes.ts`). */
  readonly bytes: number;
  /** Bytes on top when positions must keep their identity; 0 for a method without orders. */
  readonly orderBytes: number;
  readonly squaredError: number;
  /** sqrt(squaredError / ||X||^2); 0 where X has no entries and none are made up. */
  readonly relativeError: number;
  /** The approximation of one entry. @throws UsageError for an index outside `dims`. */
  entry(index: readonly number[]): number;
  /** Settings as used; values that had to be clipped are said. */
  readonly details: Readonly<Record<string, string | number | boolean | readonly number[]>>;
  readonly elapsedMs: number;
}
