import { residualNorm } from '../errors';
import { unattended, type Job } from '../job';
import {
  firstColumns,
  scaleColumns,
  transpose,
  type Matrix,
  type SingularValueDecomposition,
} from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { ranksServed } from '../linalg/randomisedSvd';
import { isExact, numericalRank, svd } from '../linalg/svd';
import { dot } from '../linalg/vectors';
import { tailNorms } from '../ranks';

/** Share of the squared norm below which a difference of squared norms is mostly rounding. */
const cancellationBelow = 1e-7;

/** A matrix that is made when it is needed, and not kept. */
export interface MatrixSource {
  readonly rows: number;
  readonly columns: number;
  build(job: Job): Matrix;
}

/** A matrix whose truncated decompositions at all ranks come from one factorisation. */
export interface TruncatedMatrix {
  /** L (m x r) and R (r x n) with L R the best approximation, singular values split evenly. */
  at(rank: number, job?: Job): Promise<{ readonly L: Matrix; readonly R: Matrix }>;
  /** ||A - L R|| at `rank`. */
  errorAt(rank: number, job?: Job): Promise<number>;
}

/**
 * Factorises a matrix when first asked. One too large for that is factorised for the size of sketch
 * that the rank needs, so that every answer depends on the rank and the seed alone. Ranks beyond
 * the numerical rank are answered with it; a zero matrix with rank one.
 */
export function truncateMatrix(source: MatrixSource, seed: number): TruncatedMatrix {
  const full = Math.min(source.rows, source.columns);
  const factorised = new Map<number, Promise<SingularValueDecomposition>>();

  function decompose(rank: number, job: Job): Promise<SingularValueDecomposition> {
    const reach = isExact(source.rows, source.columns) ? full : Math.min(full, ranksServed(rank));
    const known = factorised.get(reach);
    if (known) {
      return known;
    }
    const started = svd(source.build(job), { rank: reach, seed }, job);
    factorised.set(reach, started);
    // A cancelled or failed attempt must not answer the next call.
    started.catch(() => factorised.delete(reach));
    return started;
  }

  return {
    async at(rank, job = unattended) {
      const { U, s, V } = await decompose(rank, job);
      const realised = Math.min(rank, Math.max(1, numericalRank(s, U.rows, V.rows)));
      const roots = s.subarray(0, realised).map(Math.sqrt);
      return {
        L: scaleColumns(firstColumns(U, realised), roots),
        R: transpose(scaleColumns(firstColumns(V, realised), roots)),
      };
    },

    async errorAt(rank, job = unattended) {
      const { U, s, V } = await decompose(rank, job);
      const kept = Math.min(rank, s.length);
      if (s.length === full) {
        return tailNorms(s)[kept];
      }
      const { data } = source.build(job);
      const square = dot(data, 0, data, 0, data.length);
      const rest = square - dot(s, 0, s, 0, kept);
      if (rest > cancellationBelow * square) {
        return Math.sqrt(rest);
      }
      const left = scaleColumns(firstColumns(U, kept), s);
      const product = await multiply(left, firstColumns(V, kept), { transposeB: true, job });
      return residualNorm(data, product.data);
    },
  };
}
