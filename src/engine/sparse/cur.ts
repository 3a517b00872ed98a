import { unattended, type Job } from '../job';
import {
  approximateFromSamples,
  crossBytes,
  entriesOf,
  type CrossModel,
  type SampledOptions,
} from './columnRowSampling';
import { modelOf, requireCount } from './fitting';
import type { SparseTensor } from './sparseTensor';

export interface CurOptions extends SampledOptions {
  /** Target rank k; clipped to the draws and to the numerical rank of the columns drawn. */
  readonly rank: number;
}

/**
 * CUR (Drineas, Kannan and Mahoney 2006, linear time): X ~ C U R from columns and rows drawn with
 * replacement. A column drawn twice is stored twice, as published; {@link fitCmd} stores it once.
 * @throws UsageError for a tensor of another order and impossible settings, OutOfMemoryError.
 */
export async function fitCur(
  X: SparseTensor,
  options: CurOptions,
  job: Job = unattended,
): Promise<CrossModel> {
  const from = performance.now();
  requireCount('rank', options.rank);
  const rank = Math.min(options.rank, options.columns, options.rows);
  const found = await approximateFromSamples('CUR', X, options, rank, job);
  const { drawnColumns, drawnRows, byColumn, byRow, squaredError, entry } = found;
  const columns = { count: drawnColumns.length, entries: entriesOf(byColumn, drawnColumns) };
  const rows = { count: drawnRows.length, entries: entriesOf(byRow, drawnRows) };
  const { sparse, dense, bytes } = crossBytes(X.dims, columns, rows);
  const model = modelOf(
    X,
    {
      method: 'cur',
      parameters: columns.entries + rows.entries + columns.count * rows.count,
      bytes,
      squaredError,
      entry,
      details: {
        ...found.details,
        ...(found.rank < options.rank && { wantedRank: options.rank }),
        sparseBytes: sparse,
        denseBytes: dense,
      },
    },
    from,
  );
  return { ...model, factors: found.factors };
}
