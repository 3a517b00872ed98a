import { unattended } from '../../job';
import { fitAccams } from '../accams';
import type { SparseTensor } from '../sparseTensor';
import { requireStencils } from '../stencilModel';
import { methodEntry } from './methodEntry';
import { choice, numeric, whole } from './optionTable';
import { labelOrders, stencilRungs, type StencilRung } from './stencilRungs';

/** Where the labels of a stencil start from; also of bACCAMS. */
export const stencilStarts = [
  { value: 'k-means++', title: 'k-means++' },
  { value: 'random', title: 'At random' },
] as const;

export const accams = methodEntry({
  method: 'accams',
  title: 'ACCAMS',
  description:
    'Stores a sum of co-clusterings: labels of rows and columns, and a number for each block of them.',
  table: {
    stencils: whole({
      title: 'Stencils',
      description: 'Co-clusterings that are added up.',
      default: 5,
      least: 1,
      most: 1000,
      isMain: true,
    }),
    clusters: whole({
      title: 'Clusters',
      description: 'Clusters of rows, and of columns, at most.',
      default: 16,
      least: 1,
      most: 65_536,
      isMain: true,
    }),
    start: choice({
      title: 'Start',
      description: 'Labels a stencil starts from.',
      default: 'k-means++',
      choices: stencilStarts,
    }),
    maxRounds: whole({
      title: 'Rounds',
      description: 'Rounds of rows and columns per stencil and visit, at most.',
      default: 30,
      least: 1,
      most: 10_000,
    }),
    tolerance: numeric({
      title: 'Tolerance',
      description: 'A stencil is done when a round lowers the error by less than this share.',
      default: 1e-6,
      least: 0,
      most: 1,
    }),
    cycles: whole({
      title: 'Cycles',
      description: 'Times that all stencils are visited again after the last one.',
      default: 2,
      least: 0,
      most: 1000,
    }),
  },
  check: (X, job) => requireStencils('ACCAMS', X, 1, 1, { ...unattended, ...job }),
  label: ({ stencils, clusters }) => stencilLabel({ stencils, clusters }),
  suggested: (X) => stencilRungs(X, (rung) => secondsOf(X, { ...rung, cycles: 2, maxRounds: 30 })),
  seconds: secondsOf,
  async fit(X, values, seed, job) {
    const model = await fitAccams(X, { ...values, seed }, job);
    return { model, orders: labelOrders(model.stencils) };
  },
});

export function stencilLabel({ stencils, clusters }: StencilRung): string {
  return `${stencils} ${stencils === 1 ? 'stencil' : 'stencils'}, ${clusters} clusters`;
}

/** Per round and line: scores of all clusters, shares of all stencils, and the nonzeros. */
function secondsOf(
  { dims, values }: Pick<SparseTensor, 'dims' | 'values'>,
  {
    stencils,
    clusters,
    cycles,
    maxRounds,
  }: StencilRung & { readonly cycles: number; readonly maxRounds: number },
): number {
  const lines = dims[0] + dims[1];
  const used = Math.min(clusters, ...dims);
  const rounds = stencils * (1 + cycles) * Math.min(10, maxRounds);
  return 0.1 + 2.5e-10 * rounds * (lines * used * (used + 3 * stencils) + 4 * values.length);
}
