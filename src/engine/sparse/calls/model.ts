import { UnsupportedError } from '../../../failures';
import type { SparseModelInfo } from '../../../protocol/sparse';

export async function sparseModel(_params: { readonly path: string }): Promise<SparseModelInfo> {
  throw new UnsupportedError('Not built yet.');
}
