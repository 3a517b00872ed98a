import { fitCp } from '../cp';
import { requireFactorable } from '../factorModes';
import { rawBytes } from '../sizes';
import type { SparseTensor } from '../sparseTensor';
import { bearable, ladder } from './ladder';
import { methodEntry } from './methodEntry';
import { numeric, whole } from './optionTable';
import { profileOf } from './profile';

export const cp = methodEntry({
  method: 'cp',
  title: 'CP',
  description: 'Stores a sum of outer products: a column for each mode and component.',
  table: {
    rank: whole({
      title: 'Rank',
      description: 'Outer products that are added up.',
      default: 10,
      least: 1,
      most: 1_000_000,
      isMain: true,
    }),
    maxIterations: whole({
      title: 'Sweeps',
      description: 'Sweeps over all modes, at most.',
      default: 50,
      least: 1,
      most: 100_000,
    }),
    tolerance: numeric({
      title: 'Tolerance',
      description: 'It ends when a sweep changes the fit by less.',
      default: 1e-4,
      least: 0,
      most: 1,
    }),
  },
  check: (X) => requireFactorable('CP', X),
  label: ({ rank }) => `rank ${rank}`,
  suggested(X) {
    const all = X.dims.reduce((sum, size) => sum + size, 0);
    const dims = profileOf(X).occupied;
    const most = dims.reduce((product, size) => product * size, 1) / Math.max(...dims);
    const ranks = ladder((rank) => 8 * rank * all, rawBytes(X), { most: Math.min(most, 1000) });
    return bearable(ranks, (rank) => secondsOf(X, { rank, maxIterations: 50 })).map((rank) => ({
      rank,
    }));
  },
  seconds: secondsOf,
  fit: async (X, values, seed, job) => ({ model: await fitCp(X, { ...values, seed }, job) }),
});

function secondsOf(
  { dims, values }: Pick<SparseTensor, 'dims' | 'values'>,
  { rank, maxIterations }: { readonly rank: number; readonly maxIterations: number },
): number {
  const sweep = values.length * dims.length * (rank + 8) * 3e-9;
  return 0.1 + Math.min(20, maxIterations) * sweep;
}
