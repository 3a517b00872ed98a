import { requireMatrixFor } from '../fitting';
import { rawBytes } from '../sizes';
import { fitTsvd } from '../tsvd';
import { bearable, ladder } from './ladder';
import { methodEntry } from './methodEntry';
import { numeric, whole } from './optionTable';
import { profileOf } from './profile';

export const tsvd = methodEntry({
  method: 'tsvd',
  title: 'Truncated SVD',
  description:
    'Stores the leading singular vectors of the matrix, which no other rank-r form beats.',
  table: {
    rank: whole({
      title: 'Rank',
      description: 'Singular vectors that are kept; at most as many as there are rows or columns.',
      default: 10,
      least: 1,
      most: 1_000_000,
      isMain: true,
    }),
    tolerance: numeric({
      title: 'Tolerance',
      description:
        'Share of the energy by which the iteration of a large matrix may still improve when it ends.',
      default: 1e-10,
      least: 0,
      most: 1,
    }),
    exactUpTo: whole({
      title: 'Exact up to',
      description:
        'Size of the shorter side up to which the exact decomposition is formed instead of iterated.',
      default: 2560,
      least: 0,
      most: 20_000,
    }),
  },
  check: (X) => requireMatrixFor('T-SVD', X),
  label: ({ rank }) => `rank ${rank}`,
  suggested(X) {
    const bytes = (rank: number): number => 8 * rank * (X.dims[0] + X.dims[1] + 1);
    const ranks = ladder(bytes, rawBytes(X), { most: Math.min(...profileOf(X).occupied) });
    return bearable(ranks, (rank) => secondsOf(X, rank, 2560)).map((rank) => ({ rank }));
  },
  seconds: (X, { rank, exactUpTo }) => secondsOf(X, rank, exactUpTo),
  fit: async (X, values, seed, job) => ({ model: await fitTsvd(X, { ...values, seed }, job) }),
});

function secondsOf(
  X: { readonly dims: readonly number[]; readonly values: Float64Array },
  rank: number,
  exactUpTo: number,
): number {
  const short = Math.min(...X.dims, X.values.length);
  return short <= exactUpTo
    ? 0.1 + 5e-10 * short ** 3
    : 5e-8 * X.values.length * (rank + 10) + 2e-8 * (X.dims[0] + X.dims[1]) * (rank + 10) ** 2;
}
