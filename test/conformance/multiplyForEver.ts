import { parentPort, workerData } from 'node:worker_threads';
import { loadAccelerator } from '../../src/engine/backends/accelerators';
import { shareDeviceWork } from '../../src/engine/backends/deviceWork';
import { singleProduct } from '../../src/engine/backends/singleProduct';
import { createMatrix } from '../../src/engine/linalg/matrix';
import type { WorkerSettings } from '../../src/worker/serveEngine';

/** A worker that multiplies on the backend of the run until it is ended; bundled by the test. */
const { deviceWork, backends = { choice: 'auto' } } = workerData as WorkerSettings;

async function multiplyForEver(): Promise<void> {
  if (deviceWork) {
    shareDeviceWork(deviceWork);
  }
  const name = backends.choice === 'webgpu' ? 'webgpu' : 'tensorflow';
  const load = await loadAccelerator(name, { ...backends, threads: 1 });
  const a = createMatrix(300, 300, new Float64Array(90_000).fill(0.5));
  while (load.loaded) {
    await singleProduct(a, a, {}, load.accelerator);
  }
}

// Stays alive whatever becomes of the work.
parentPort?.on('message', () => {});
multiplyForEver().catch(() => {});
