import { unattended } from '../../job';
import { fitBaccams } from '../baccams';
import type { SparseTensor } from '../sparseTensor';
import { requireStencils } from '../stencilModel';
import { stencilLabel, stencilStarts } from './accams';
import { methodEntry } from './methodEntry';
import { choice, numeric, whole } from './optionTable';
import { labelOrders, stencilRungs, type StencilRung } from './stencilRungs';

const sweeps = { burnIn: 30, samples: 5 };

export const baccams = methodEntry({
  method: 'baccams',
  title: 'bACCAMS',
  description:
    'Stores a sum of co-clusterings as ACCAMS does, found by sampling from their posterior distribution.',
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
    alpha: numeric({
      title: 'Concentration of rows',
      description: 'How readily rows open new clusters.',
      default: 1,
      least: 1e-9,
      most: 1e9,
    }),
    beta: numeric({
      title: 'Concentration of columns',
      description: 'How readily columns open new clusters.',
      default: 1,
      least: 1e-9,
      most: 1e9,
    }),
    priorVariance: numeric({
      title: 'Variance of the blocks',
      description: 'Variance of the blocks around 0; 0 takes that of the matrix.',
      default: 0,
      least: 0,
      most: 1e300,
    }),
    burnIn: whole({
      title: 'Burn-in',
      description: 'Sweeps before one may be kept.',
      default: sweeps.burnIn,
      least: 0,
      most: 100_000,
    }),
    samples: whole({
      title: 'Samples',
      description: 'Sweeps after the burn-in, of which that with the least error is kept.',
      default: sweeps.samples,
      least: 1,
      most: 100_000,
    }),
    start: choice({
      title: 'Start',
      description: 'Labels a stencil starts from.',
      default: 'k-means++',
      choices: stencilStarts,
    }),
  },
  check: (X, job) => requireStencils('bACCAMS', X, 1, 1, { ...unattended, ...job }),
  label: ({ stencils, clusters }) => stencilLabel({ stencils, clusters }),
  suggested: (X) => stencilRungs(X, (rung) => secondsOf(X, { ...rung, ...sweeps })),
  seconds: secondsOf,
  async fit(X, { priorVariance, ...values }, seed, job) {
    const prior = priorVariance > 0 ? { priorVariance } : {};
    const model = await fitBaccams(X, { ...values, ...prior, seed }, job);
    return { model, orders: labelOrders(model.stencils) };
  },
});

/** Per sweep and line: a logarithm for each cluster and group. */
function secondsOf(
  { dims, values }: Pick<SparseTensor, 'dims' | 'values'>,
  {
    stencils,
    clusters,
    burnIn,
    samples,
  }: StencilRung & { readonly burnIn: number; readonly samples: number },
): number {
  const lines = dims[0] + dims[1];
  const used = Math.min(clusters, ...dims);
  const visits = stencils * (burnIn + samples);
  return (
    0.1 +
    visits *
      (5e-10 * lines * used * used + 2.5e-10 * lines * used * stencils + 8e-9 * values.length)
  );
}
