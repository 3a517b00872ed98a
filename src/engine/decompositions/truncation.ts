import { residualNorm } from '../errors';
import { unattended, type Job } from '../job';
import { gramBasis, project, type FloatMatrix, type GramBasis } from '../linalg/gramBasis';
import {
  createMatrix,
  firstColumns,
  scaleColumns,
  transpose,
  type Matrix,
  type SingularValueDecomposition,
} from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { ranksServed } from '../linalg/randomisedSvd';
import { fixSigns } from '../linalg/signs';
import { isExact, numericalRank, svd } from '../linalg/svd';
import { dot, largestMagnitude } from '../linalg/vectors';
import { tailNorms } from '../ranks';
import { toFloat64 } from '../tensor/unfold';

/** Share of the squared norm below which a difference of squared norms is mostly rounding. */
const cancellationBelow = 1e-7;
/** Share of the squared norm below which the Gram matrix has lost digits of a tail. */
const gramSuffices = 1e-4;
/** Sizes of the short side up to which its Gram matrix is decomposed: three of them take 0.9 GB. */
const gramUpTo = 6144;
/** Magnitudes whose squares, summed, stay far inside the range of f64. */
const squarable = { low: 1e-70, high: 1e70 };

/** A matrix that is made when it is needed, and not kept. */
export interface MatrixSource {
  readonly rows: number;
  readonly columns: number;
  build(job: Job): FloatMatrix;
}

/** A matrix whose truncated decompositions at all ranks come from one factorisation. */
export interface TruncatedMatrix {
  /** L (m x r) and R (r x n) with L R the best approximation, singular values split evenly. */
  at(rank: number, job?: Job): Promise<{ readonly L: Matrix; readonly R: Matrix }>;
  /** ||A - L R|| at `rank`. */
  errorAt(rank: number, job?: Job): Promise<number>;
}

/**
 * Factorises a matrix when first asked. The Gram matrix of the short side serves every rank whose
 * error is more than about a hundredth; where it has lost too many digits, the SVD proper does, of
 * a matrix too large for that one for the size of sketch that the rank needs. So every answer
 * depends on the rank and the seed alone. Ranks beyond the numerical rank are answered with it; a
 * zero matrix with rank one.
 */
export function truncateMatrix(source: MatrixSource, seed: number): TruncatedMatrix {
  const full = Math.min(source.rows, source.columns);
  const factorised = new Map<number, Promise<SingularValueDecomposition>>();
  let basis: Promise<GramBasis | undefined> | undefined;

  /** The basis on the short side, if it tells the error at `rank`. */
  async function basisFor(rank: number, job: Job): Promise<GramBasis | undefined> {
    if (full > gramUpTo) {
      return undefined;
    }
    basis ??= decomposeGram(source.build(job), job);
    // A cancelled or failed attempt must not answer the next call.
    basis.catch(() => (basis = undefined));
    const found = await basis;
    return found && found.tails[Math.min(rank, full)] > gramSuffices * found.tails[0]
      ? found
      : undefined;
  }

  function decompose(rank: number, job: Job): Promise<SingularValueDecomposition> {
    const reach = isExact(source.rows, source.columns) ? full : Math.min(full, ranksServed(rank));
    const known = factorised.get(reach);
    if (known) {
      return known;
    }
    const started = svd(doubles(source.build(job)), { rank: reach, seed }, job);
    factorised.set(reach, started);
    started.catch(() => factorised.delete(reach));
    return started;
  }

  return {
    async at(rank, job = unattended) {
      const found = await basisFor(rank, job);
      if (found) {
        const { L, R } = project(source.build(job), found, rank, job);
        return withFixedSigns(L, R);
      }
      const { U, s, V } = await decompose(rank, job);
      const realised = Math.min(rank, Math.max(1, numericalRank(s, U.rows, V.rows)));
      const roots = s.subarray(0, realised).map(Math.sqrt);
      return {
        L: scaleColumns(firstColumns(U, realised), roots),
        R: transpose(scaleColumns(firstColumns(V, realised), roots)),
      };
    },

    async errorAt(rank, job = unattended) {
      const found = await basisFor(rank, job);
      if (found) {
        return Math.sqrt(found.tails[rank]);
      }
      const { U, s, V } = await decompose(rank, job);
      const kept = Math.min(rank, s.length);
      if (s.length === full) {
        return tailNorms(s)[kept];
      }
      const { data } = doubles(source.build(job));
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

/** Undefined for entries whose squares leave the range of f64. */
async function decomposeGram(a: FloatMatrix, job: Job): Promise<GramBasis | undefined> {
  const largest = largestMagnitude(a.data);
  return largest > squarable.low && largest < squarable.high ? gramBasis(a, job) : undefined;
}

/** The columns of L get their entry of largest magnitude positive, as those of U in an SVD. */
function withFixedSigns(L: Matrix, R: Matrix): { L: Matrix; R: Matrix } {
  for (const r of fixSigns(L)) {
    const from = r * R.columns;
    for (let at = from; at < from + R.columns; at++) {
      R.data[at] = -R.data[at];
    }
  }
  return { L, R };
}

function doubles({ rows, columns, data }: FloatMatrix): Matrix {
  return createMatrix(rows, columns, toFloat64({ shape: [rows, columns], data }));
}
