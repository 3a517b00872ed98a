import { UnsupportedError } from '../../../failures';
import type { SparseEntries } from '../../../protocol/sparse';

export async function sparseEntries(_params: {
  readonly path: string;
  readonly indices: readonly (readonly number[])[];
}): Promise<SparseEntries> {
  throw new UnsupportedError('Not built yet.');
}
