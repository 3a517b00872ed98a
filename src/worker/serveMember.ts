import type { MessagePort } from 'node:worker_threads';
import {
  CancellationSenderStrategy,
  PortMessageReader,
  PortMessageWriter,
  SharedArrayReceiverStrategy,
} from 'vscode-jsonrpc/node';
import { configureKernels } from '../engine/kernels';
import { runChoiceTask } from '../engine/selection/choiceTask';
import { createRpc } from '../protocol/rpc';
import type { MemberContract } from './memberContract';
import type { WorkerSettings } from './serveEngine';
import { createWorkerJob } from './workerJob';

/** Answers the batch worker's calls on `port`. */
export function serveMember(port: MessagePort, settings: WorkerSettings): void {
  const { memoryLimitMb } = settings;
  configureKernels({ threads: 1, memoryLimit: memoryLimitMb * 2 ** 20 });
  const rpc = createRpc(new PortMessageReader(port), new PortMessageWriter(port), {
    cancellation: {
      sender: CancellationSenderStrategy.Message,
      receiver: new SharedArrayReceiverStrategy(),
    },
  });
  rpc.serve<MemberContract>({
    async choices(task, { token, emit }) {
      const job = createWorkerJob(token, () => {}, memoryLimitMb);
      await runChoiceTask(task, () => job, emit);
      return null;
    },
  });
}
