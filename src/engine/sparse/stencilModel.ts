import type { Job } from '../job';
import { modelOf, requireCount, requireMatrixFor, requireRoom } from './fitting';
import type { SparseModel } from './sparseModel';
import type { SparseTensor } from './sparseTensor';
import {
  entryOf,
  mostClusters,
  squaredErrorOf,
  stencilBytes,
  withoutEmptyClusters,
  type Stencil,
} from './stencils';

export interface StencilModel extends SparseModel {
  readonly stencils: readonly Stencil[];
}

export function requireStencils(
  name: string,
  X: SparseTensor,
  stencils: number,
  clusters: number,
  job: Job,
): void {
  requireMatrixFor(name, X);
  requireCount('number of stencils', stencils);
  requireCount('number of clusters', clusters);
  const [N, M] = X.dims;
  const remedy = 'Remove empty rows and columns, or use a method that skips them, such as T-SVD.';
  // Labels take a quarter of a number; every row and column has one per stencil.
  requireRoom(
    ((stencils + 8) * (N + M)) / 4,
    stencils === 1 ? 'The labels' : `Labels of ${stencils} stencils`,
    remedy,
    job,
  );
  requireRoom(
    Math.min(clusters, mostClusters) ** 2,
    'The templates',
    'Choose fewer clusters.',
    job,
  );
}

/** How many clusters rows and columns may have: where one side has fewer lines, a number for each. */
export function clusterDetails(dims: readonly number[], wanted: number): SparseModel['details'] {
  const clusters = dims.map((size) => Math.min(wanted, size, mostClusters));
  return clusters.every((count) => count === wanted)
    ? { clusters: wanted }
    : { clusters, wantedClusters: wanted };
}

/** The finished model, its error computed anew from the stencils. */
export function stencilModel(
  method: 'accams' | 'baccams',
  X: SparseTensor,
  fitted: readonly Stencil[],
  from: number,
  job: Job,
  details: SparseModel['details'],
): StencilModel {
  const stencils = fitted.map(withoutEmptyClusters);
  const { parameters, labelBits, bytes } = stencilBytes(stencils);
  const model = modelOf(
    X,
    {
      method,
      parameters,
      bytes,
      squaredError: squaredErrorOf(X, stencils, job),
      entry: ([i, j]) => entryOf(stencils, i, j),
      details: {
        stencils: stencils.length,
        rowClusters: stencils.map(({ clusters }) => clusters[0]),
        columnClusters: stencils.map(({ clusters }) => clusters[1]),
        labelBits,
        ...details,
      },
    },
    from,
  );
  return { ...model, stencils };
}
