import { requireFactorable } from '../factorModes';
import { rawBytes } from '../sizes';
import type { SparseTensor } from '../sparseTensor';
import { fitTucker } from '../tucker';
import { bearable, ladder } from './ladder';
import { methodEntry } from './methodEntry';
import { numeric, sizes, whole } from './optionTable';
import { profileOf } from './profile';

export const tucker = methodEntry({
  method: 'tucker',
  title: 'Tucker',
  description: 'Stores a small core and an orthonormal basis for each mode.',
  table: {
    ranks: sizes({
      title: 'Ranks',
      description: 'Side of a cubic core, or its size in each mode.',
      default: 4,
      least: 1,
      most: 100_000,
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
  check: (X) => requireFactorable('Tucker', X),
  label: ({ ranks }) =>
    typeof ranks === 'number' ? `ranks ${ranks}` : `ranks ${ranks.join(' x ')}`,
  suggested(X) {
    const bytes = (side: number): number =>
      8 * (side ** X.dims.length + X.dims.reduce((sum, size) => sum + size * side, 0));
    const most = Math.min(...profileOf(X).occupied, 100);
    const sides = ladder(bytes, rawBytes(X), { most });
    return bearable(sides, (ranks) => secondsOf(X, { ranks, maxIterations: 50 })).map((ranks) => ({
      ranks,
    }));
  },
  seconds: secondsOf,
  fit: async (X, values, seed, job) => ({ model: await fitTucker(X, { ...values, seed }, job) }),
});

/** Per sweep and mode: products with the other bases at each nonzero, and their Gram matrix. */
function secondsOf(
  { dims, values }: Pick<SparseTensor, 'dims' | 'values'>,
  {
    ranks,
    maxIterations,
  }: { readonly ranks: number | readonly number[]; readonly maxIterations: number },
): number {
  const list = dims.map((size, mode) =>
    Math.min(size, typeof ranks === 'number' ? ranks : (ranks[mode] ?? 1)),
  );
  const core = list.reduce((product, rank) => product * rank, 1);
  const sweep = dims.reduce((sum, size, mode) => {
    const width = core / list[mode];
    const [short, long] = [Math.min(size, width), Math.max(size, width)];
    return sum + 2e-9 * values.length * (width + 20) + 1e-9 * short * short * (long + short);
  }, 0);
  return 0.1 + Math.min(20, maxIterations) * sweep;
}
