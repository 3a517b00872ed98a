import { UnsupportedError } from '../../../failures';
import type { SparseOffer } from '../../../protocol/sparse';
import type { Job } from '../../job';

export async function sparseOffer(
  _params: { readonly path: string; readonly tensor?: string; readonly cells: number },
  _job: Job,
): Promise<SparseOffer> {
  throw new UnsupportedError('Not built yet.');
}
