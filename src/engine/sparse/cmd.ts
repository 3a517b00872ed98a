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

export interface CmdOptions extends SampledOptions {
  /** Singular vectors of the columns that are kept at most; all that are numerically there. */
  readonly rank?: number;
}

/**
 * CMD (Sun et al. 2007): CUR without duplicate columns and rows. C and R are columns and rows of X
 * as they are, which stay sparse; what they count for is folded into U.
 * @throws UsageError for a tensor of another order and impossible settings, OutOfMemoryError.
 */
export async function fitCmd(
  X: SparseTensor,
  options: CmdOptions,
  job: Job = unattended,
): Promise<CrossModel> {
  const from = performance.now();
  const { rank = Infinity } = options;
  if (options.rank !== undefined) {
    requireCount('rank', options.rank);
  }
  const found = await approximateFromSamples('CMD', X, options, rank, job);
  const { byColumn, byRow, squaredError, entry } = found;
  const columns = { count: found.columns.length, entries: entriesOf(byColumn, found.columns) };
  const rows = { count: found.rows.length, entries: entriesOf(byRow, found.rows) };
  const { sparse, dense, bytes } = crossBytes(X.dims, columns, rows);
  const model = modelOf(
    X,
    {
      method: 'cmd',
      parameters: columns.entries + rows.entries + columns.count * rows.count,
      bytes,
      squaredError,
      entry,
      details: { ...found.details, sparseBytes: sparse, denseBytes: dense },
    },
    from,
  );
  return { ...model, factors: found.factors };
}
