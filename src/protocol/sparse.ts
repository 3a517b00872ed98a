/** How the nonzeros are spread over the indices of one mode. */
export interface SparseMode {
  readonly size: number;
  /** Indices without a nonzero. */
  readonly empty: number;
  /** Nonzeros of an index, over all indices, empty ones included. */
  readonly degrees: {
    readonly min: number;
    readonly median: number;
    readonly mean: number;
    readonly max: number;
  };
}

/** A sparse matrix or tensor in figures. */
export interface SparseInfo {
  readonly name: string;
  /** `mtx`, `tns`, `scipy`, `neukron`, or the format of a weights file whose tensor is dense. */
  readonly format: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly dims: readonly number[];
  readonly nonzeros: number;
  /** nonzeros / product of the sizes. */
  readonly density: number;
  /** ||X||^2, the sum of the squared values. */
  readonly squaredNorm: number;
  /** Of the nonzeros; undefined when there are none. */
  readonly min?: number;
  readonly max?: number;
  /** Nonzeros below 0, which some methods cannot represent. */
  readonly negative: number;
  /** Entries that the file stores. */
  readonly stored: number;
  /** Stored entries that were added to another one at the same place. */
  readonly duplicates: number;
  /** Places whose stored value, or sum of values, is 0, and which were left out. */
  readonly zeros: number;
  readonly modes: readonly SparseMode[];
  readonly bytes: {
    /** As coordinates: a 4-byte index per mode and an 8-byte value for each nonzero. */
    readonly raw: number;
    /** In full, 8 bytes an element. */
    readonly dense: number;
    /** Of one order of each mode: what methods that reorder need on top to keep positions. */
    readonly orders: number;
  };
  /** What was done on reading, in sentences. */
  readonly notes: readonly string[];
}
