import { parentPort, workerData } from 'node:worker_threads';
import { handlers } from './handlers';
import { serveEngine } from './serveEngine';
import type { WorkerSettings } from './serveEngine';

if (!parentPort) {
  throw new Error('This script is the engine of TensorPress and runs as a worker thread only.');
}
serveEngine(parentPort, handlers, workerData as WorkerSettings);
