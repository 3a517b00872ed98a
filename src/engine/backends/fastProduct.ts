import type { Job } from '../job';
import type { Matrix } from '../linalg/matrix';
import { abandon } from './backend';
import { acceleratorFor, type ProductSize } from './productRoute';
import { ProductFailedError, singleProduct } from './singleProduct';

interface ProductOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly job?: Job;
}

/**
 * A B in f32 on the backend that is in use for this size; undefined where that is the kernels, and
 * where the backend failed: it is not asked again then, and the kernels do the work.
 */
export async function fastProduct(
  a: Matrix,
  b: Matrix,
  size: ProductSize,
  options: ProductOptions,
): Promise<Matrix | undefined> {
  const accelerator = acceleratorFor(size);
  if (!accelerator) {
    return undefined;
  }
  try {
    return await singleProduct(a, b, options, accelerator);
  } catch (thrown) {
    if (thrown instanceof ProductFailedError) {
      abandon(accelerator, thrown.message);
      return undefined;
    }
    throw thrown;
  }
}
