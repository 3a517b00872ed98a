import type { MessagePort } from 'node:worker_threads';
import {
  CancellationSenderStrategy,
  PortMessageReader,
  PortMessageWriter,
  SharedArrayReceiverStrategy,
} from 'vscode-jsonrpc/node';
import type { BackendSettings } from '../protocol/backends';
import type { EngineContract, Progress } from '../protocol/engine';
import { createRpc } from '../protocol/rpc';
import type { CallContext, ParamsOf, PartOf, ResultOf, Server } from '../protocol/rpc';
import type { Job } from '../engine/job';
import type { ChoiceTeam } from '../engine/selection/choiceTask';
import { createWorkerJob } from './workerJob';

type EngineMethod = keyof EngineContract;

/** The shape of `handlers.ts`: pure functions of the parameters and a job. */
export type EngineHandlers = {
  readonly [M in EngineMethod]: (
    params: ParamsOf<EngineContract, M>,
    context: {
      job: Job;
      emit: (part: PartOf<EngineContract, M>) => void;
      team?: ChoiceTeam;
    },
  ) => Promise<ResultOf<EngineContract, M>>;
};

export interface WorkerSettings {
  /** Whom the worker answers: the host, or the batch worker whose team it is a member of. */
  readonly role: 'engine' | 'member';
  readonly memoryLimitMb: number;
  /** Threads that may compute at a time. */
  readonly threads: number;
  /** How backends are found and chosen until `configure` says otherwise; `auto` when left out. */
  readonly backends?: BackendSettings;
  /** Where the worker notes that a graphics device is at work; see `deviceWork.ts`. */
  readonly deviceWork?: SharedArrayBuffer;
}

/** What `job.report` becomes on the wire, for the methods that stream progress. */
const progressParts: {
  readonly [M in EngineMethod]?: (progress: Progress) => PartOf<EngineContract, M>;
} = {
  choices: (progress) => ({ ...progress, choices: [], skipped: [] }),
  compress: (progress) => progress,
  reconstruct: (progress) => progress,
  benchmark: (progress) => progress,
  applyPattern: (progress) => progress,
  sparseInfo: (progress) => progress,
  sparseOffer: (progress) => progress,
  sparseDecode: (progress) => progress,
};

/** Answers the host's calls on `port` with `handlers`. */
export function serveEngine(
  port: MessagePort,
  handlers: EngineHandlers,
  settings: WorkerSettings,
  team?: ChoiceTeam,
): void {
  const rpc = createRpc(new PortMessageReader(port), new PortMessageWriter(port), {
    cancellation: {
      sender: CancellationSenderStrategy.Message,
      receiver: new SharedArrayReceiverStrategy(),
    },
  });

  const handle =
    <M extends EngineMethod>(method: M) =>
    (
      params: ParamsOf<EngineContract, M>,
      { token, emit }: CallContext<PartOf<EngineContract, M>>,
    ) => {
      const toPart = progressParts[method];
      const report = (progress: Progress) => {
        if (toPart) {
          emit(toPart(progress));
        }
      };
      return handlers[method](params, {
        job: createWorkerJob(token, report, settings.memoryLimitMb),
        emit,
        team,
      });
    };

  const server: Server<EngineContract> = {
    inspect: handle('inspect'),
    statistics: handle('statistics'),
    choices: handle('choices'),
    plan: handle('plan'),
    readPlan: handle('readPlan'),
    formatPlan: handle('formatPlan'),
    compress: handle('compress'),
    reconstruct: handle('reconstruct'),
    backends: handle('backends'),
    configure: handle('configure'),
    benchmarks: handle('benchmarks'),
    benchmark: handle('benchmark'),
    patternInfo: handle('patternInfo'),
    patternMap: handle('patternMap'),
    patternCurves: handle('patternCurves'),
    patternKpd: handle('patternKpd'),
    pattern: handle('pattern'),
    patternSpeed: handle('patternSpeed'),
    thumbnails: handle('thumbnails'),
    applyPattern: handle('applyPattern'),
    sparseInfo: handle('sparseInfo'),
    sparseOffer: handle('sparseOffer'),
    sparseCompare: handle('sparseCompare'),
    sparseCompress: handle('sparseCompress'),
    sparseModel: handle('sparseModel'),
    sparseDecode: handle('sparseDecode'),
    sparseEntries: handle('sparseEntries'),
  };
  rpc.serve<EngineContract>(server);
}
