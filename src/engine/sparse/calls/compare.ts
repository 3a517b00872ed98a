import { UnsupportedError } from '../../../failures';
import type {
  SparseCompareProgress,
  SparseCompareRequest,
  SparseComparison,
} from '../../../protocol/sparse';
import type { Job } from '../../job';

export async function sparseCompare(
  _request: SparseCompareRequest,
  _job: Job,
  _emit: (part: SparseCompareProgress) => void,
): Promise<SparseComparison> {
  throw new UnsupportedError('Not built yet.');
}
