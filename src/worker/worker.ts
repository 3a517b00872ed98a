import { parentPort, workerData } from 'node:worker_threads';
import { configureBackends } from '../engine/backends/backend';
import { shareDeviceWork } from '../engine/backends/deviceWork';
import { configureKernels } from '../engine/kernels';
import { handlers } from './handlers';
import { Members } from './members';
import { serveEngine } from './serveEngine';
import type { WorkerSettings } from './serveEngine';
import { serveMember } from './serveMember';

if (!parentPort) {
  throw new Error('This script is the engine of TensorPress and runs as a worker thread only.');
}
const settings = workerData as WorkerSettings;
const { role, threads, memoryLimitMb, deviceWork, backends = { choice: 'auto' } } = settings;
if (role === 'member') {
  serveMember(parentPort, settings);
} else {
  configureKernels({ threads, memoryLimit: memoryLimitMb * 2 ** 20 });
  if (deviceWork) {
    shareDeviceWork(deviceWork);
  }
  configureBackends({ ...backends, threads });
  const team = threads > 1 ? new Members(threads, __filename, memoryLimitMb) : undefined;
  serveEngine(parentPort, handlers, settings, team);
}
