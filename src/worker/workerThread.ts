import { SHARE_ENV, Worker } from 'node:worker_threads';
import {
  CancellationReceiverStrategy,
  PortMessageReader,
  PortMessageWriter,
  SharedArraySenderStrategy,
} from 'vscode-jsonrpc/node';
import type { EngineContract } from '../protocol/engine';
import { deviceWorkBytes, settleDeviceWork } from '../engine/backends/deviceWork';
import { createRpc } from '../protocol/rpc';
import type { Client, Contract } from '../protocol/rpc';
import { WorkerError } from '../failures';
import type { Failure } from '../failures';
import type { WorkerSettings } from './serveEngine';

export interface WorkerThread<C = EngineContract> {
  readonly engine: Client<C>;
  /** Why the thread ended; undefined while it runs. */
  readonly ended: Failure | undefined;
  /** Resolves when no code of the thread runs any more. */
  readonly exited: Promise<void>;
  /** Ends the thread at once; its open calls are rejected with `reason`. */
  terminate(reason: Failure): Promise<void>;
}

/** Pieces of work for a device are made to take far less. */
const deviceLimitMs = 10_000;

/** Starts `script` as a worker that answers the contract `C`. */
export function startWorkerThread<C extends Contract<C> = EngineContract>(
  script: string,
  name: string,
  settings: WorkerSettings,
  log: (message: string) => void,
): WorkerThread<C> {
  const deviceWork = new SharedArrayBuffer(deviceWorkBytes);
  const worker = new Worker(script, {
    name,
    workerData: { ...settings, deviceWork } satisfies WorkerSettings,
    // Native libraries read the process's environment, which a copy does not reach.
    env: SHARE_ENV,
    // Flags of the host process (a debugger's, a profiler's) are not the worker's.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: settings.memoryLimitMb },
  });
  const rpc = createRpc(new PortMessageReader(worker), new PortMessageWriter(worker), {
    cancellation: {
      sender: new SharedArraySenderStrategy(),
      receiver: CancellationReceiverStrategy.Message,
    },
    onError: (error) => log(`${name}: ${error.message}`),
  });

  let ended: Failure | undefined;
  const end = (reason: Failure) => {
    ended ??= reason;
    rpc.close(ended);
  };
  worker.on('error', (error) => end(describeDeath(error, settings)));
  worker.on('messageerror', (error) => log(`${name}: unreadable message: ${error.message}`));
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      end(
        new WorkerError(`The engine ended unexpectedly with exit code ${code}.`, { value: code }),
      );
      log(`${name}: ended`);
      resolve();
    });
  });

  return {
    engine: rpc.client<C>(),
    get ended() {
      return ended;
    },
    exited,
    async terminate(reason) {
      end(reason);
      await settleDeviceWork(deviceWork, deviceLimitMs);
      await worker.terminate();
    },
  };
}

function describeDeath(error: Error & { code?: unknown }, settings: WorkerSettings): WorkerError {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new WorkerError(
      `The engine ran out of memory at its limit of ${settings.memoryLimitMb} MB. ` +
        'In VS Code the setting tensorpress.memoryLimit raises it.',
      { limit: settings.memoryLimitMb },
      { cause: error },
    );
  }
  return new WorkerError(`The engine stopped: ${error.message}`, {}, { cause: error });
}
