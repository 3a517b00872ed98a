import { UsageError } from '../../failures';
import type { SparseTensor } from './sparseTensor';

/** @throws UsageError for a vector, which has nothing to factorise. */
export function requireFactorable(name: string, X: SparseTensor): void {
  if (X.dims.length < 2) {
    throw new UsageError(`${name} needs a matrix or a tensor of higher order, not a vector.`, {
      value: X.dims.length,
      limit: 2,
    });
  }
}
