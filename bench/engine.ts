import { startBackend } from '../src/engine/backends/backend';
import { configureKernels } from '../src/engine/kernels';

/** Makes the engine ready as a worker does, with `threads` threads for large operations. */
export async function startEngine(threads: number): Promise<void> {
  configureKernels({ threads });
  await startBackend('wasm');
}
