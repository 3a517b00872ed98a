import { UnsupportedError } from '../../../failures';
import type { SparseDecodeReport, SparseDecodeRequest } from '../../../protocol/sparse';
import type { Job } from '../../job';

export async function sparseDecode(
  _request: SparseDecodeRequest,
  _job: Job,
): Promise<SparseDecodeReport> {
  throw new UnsupportedError('Not built yet.');
}
