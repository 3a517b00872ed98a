import { UsageError } from '../../../failures';
import type { SparseOffer } from '../../../protocol/sparse';
import { part, unattended, type Job } from '../../job';
import { offersFor } from '../methods';
import { spyPicture } from '../spy';
import { loadSparse } from './loadSparse';

/** Cells of a side that a picture may have. */
const mostCells = 4096;

/**
 * What a file holds as a sparse matrix or tensor, what each method can do with it, and a picture of
 * at most `cells` a side. The tensor stays in memory for the calls to come.
 * @param params absolute path of a local file; the tensor of a weights file that has several.
 * @throws UsageError for an impossible number of cells; as `readSparse`.
 */
export async function sparseOffer(
  {
    path,
    tensor,
    cells,
  }: { readonly path: string; readonly tensor?: string; readonly cells: number },
  job: Job = unattended,
): Promise<SparseOffer> {
  if (!Number.isInteger(cells) || cells < 1 || cells > mostCells) {
    throw new UsageError(
      `A picture has a whole number of cells a side from 1 to ${mostCells}, not ${cells}.`,
      { value: cells, limit: mostCells },
    );
  }
  const loaded = await loadSparse(
    { path, ...(tensor !== undefined && { tensor }) },
    part(job, 0, 0.9),
  );
  loaded.cells = cells;
  const offer = {
    info: loaded.info,
    methods: offersFor(loaded.X, job.memoryLimit),
    spy: spyPicture(loaded.X, { cells }, job),
  };
  job.report(1);
  return offer;
}
