import type { BackendName } from '../../protocol/backends';
import type { Job } from '../job';
import type { Matrix } from '../linalg/matrix';
import { usableAccelerators } from './backend';
import { kernelProduct } from './kernelProduct';
import { singleProduct } from './singleProduct';

/** A backend that multiplies here, whichever is chosen. */
export interface ProductBackend {
  readonly name: BackendName;
  /** A B in f32, from the engine's matrices to a matrix of the engine. */
  multiply(a: Matrix, b: Matrix, job?: Job): Promise<Matrix>;
}

/** The kernels, as `wasm`, and every other backend that can be used. Devices that are emulated are not. */
export async function productBackends(): Promise<ProductBackend[]> {
  const accelerators = await usableAccelerators();
  return [
    { name: 'wasm', multiply: async (a, b, job) => kernelProduct(a, b, job) },
    ...accelerators.map((accelerator) => ({
      name: accelerator.name,
      multiply: (a: Matrix, b: Matrix, job?: Job) => singleProduct(a, b, { job }, accelerator),
    })),
  ];
}
