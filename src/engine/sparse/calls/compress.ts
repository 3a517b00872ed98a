import { UnsupportedError } from '../../../failures';
import type {
  SparseCompressProgress,
  SparseCompressRequest,
  SparseReport,
} from '../../../protocol/sparse';
import type { Job } from '../../job';

export async function sparseCompress(
  _request: SparseCompressRequest,
  _job: Job,
  _emit: (part: SparseCompressProgress) => void,
): Promise<SparseReport> {
  throw new UnsupportedError('Not built yet.');
}
