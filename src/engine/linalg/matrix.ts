/** A dense row-major matrix in f64. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** W = U diag(s) V^T: U (rows x k), s descending and non-negative, V (columns x k). */
export interface SingularValueDecomposition {
  readonly U: Matrix;
  readonly s: Float64Array;
  readonly V: Matrix;
}

/** Symmetric A = Q diag(values) Q^T, values descending, columns of Q orthonormal. */
export interface EigenDecomposition {
  readonly values: Float64Array;
  readonly vectors: Matrix;
}
