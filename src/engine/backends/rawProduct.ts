import { startBackend } from './backend';
import { duringDeviceWork } from './deviceWork';
import { tf } from './tf';

/** Two matrices that lie on the backend. */
export interface RawProduct {
  /** One `tf.matMul` in f32, done when this resolves. It cannot be interrupted. */
  multiply(): Promise<void>;
  /** Frees both matrices. */
  dispose(): void;
}

/**
 * `tf.matMul` of the active backend by itself, without the conversion of operands that
 * `singleProduct` pays for: what the backend can do at best. `a` is m x k and `b` k x n, row-major.
 */
export async function openRawProduct(
  a: Float32Array,
  b: Float32Array,
  { m, k, n }: { readonly m: number; readonly k: number; readonly n: number },
): Promise<RawProduct> {
  await startBackend();
  const left = tf.tensor2d(a, [m, k]);
  const right = tf.tensor2d(b, [k, n]);
  return {
    async multiply() {
      await duringDeviceWork(async () => {
        const product = tf.matMul(left, right);
        // Reading waits for backends that only queue the work.
        await product.data();
        product.dispose();
      });
    },
    dispose() {
      left.dispose();
      right.dispose();
    },
  };
}
