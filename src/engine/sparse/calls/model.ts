import { basename } from 'node:path';
import type { SparseModelInfo } from '../../../protocol/sparse';
import { relativeError } from '../sizes';
import { openedStored } from './opened';

/**
 * What a `.neukron` file, or a file of factors, stands for. `details` are the fit's settings and, where
 * the file says, the error it was written with.
 * @throws as `openStored`.
 */
export async function sparseModel({ path }: { readonly path: string }): Promise<SparseModelInfo> {
  const { method, dims, size, parameters, hasOrders, nonzeros, details, stated } =
    await openedStored(path);
  return {
    path,
    name: basename(path),
    size,
    method,
    dims,
    parameters,
    hasOrders,
    ...(nonzeros !== undefined && { nonzeros }),
    details: {
      ...details,
      ...(stated && {
        squaredError: stated.squaredError,
        relativeError: relativeError(stated.squaredError, stated.squaredNorm),
      }),
    },
  };
}
