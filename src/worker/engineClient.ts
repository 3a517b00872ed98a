import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { BackendSettings } from '../protocol/backends';
import type { EngineContract, OutputTarget } from '../protocol/engine';
import type { CallOptions, Client, ParamsOf, PartOf, ResultOf } from '../protocol/rpc';
import { WorkerError } from '../failures';
import { Lane } from './lane';
import { startWorkerThread, type WorkerThread } from './workerThread';

/** What the host calls; backends are configured by the client itself. */
type EngineMethod = Exclude<keyof EngineContract, 'configure'>;

/** The engine's calls. */
export type EngineCalls = Pick<Client<EngineContract>, EngineMethod>;

/**
 * `interactive` answers within moments, `statistics` reads one tensor for a person who looks at it,
 * `patterns` keeps one tensor in memory for a slider, `sparse` a sparse one and what was fitted to it,
 * `batch` holds the long work. Each is a worker of its own, so that opening a file or moving a budget
 * waits neither for a spectrum nor for a compression.
 */
const lanes = {
  inspect: 'interactive',
  plan: 'interactive',
  readPlan: 'interactive',
  formatPlan: 'interactive',
  statistics: 'statistics',
  choices: 'batch',
  compress: 'batch',
  reconstruct: 'batch',
  backends: 'batch',
  benchmarks: 'interactive',
  benchmark: 'batch',
  patternInfo: 'patterns',
  patternMap: 'patterns',
  patternCurves: 'patterns',
  patternKpd: 'patterns',
  pattern: 'patterns',
  patternSpeed: 'patterns',
  thumbnails: 'patterns',
  applyPattern: 'batch',
  sparseInfo: 'batch',
  sparseOffer: 'sparse',
  sparseCompare: 'sparse',
  sparseCompress: 'sparse',
  sparseModel: 'interactive',
  sparseDecode: 'batch',
  sparseEntries: 'interactive',
} as const satisfies Record<EngineMethod, string>;

export interface EngineOptions {
  /** Absolute path of the bundled worker. */
  readonly script: string;
  /** Read whenever a worker starts. */
  readonly memoryLimitMb: () => number;
  /** Threads a worker may compute with; as many as the machine offers when left out. */
  readonly threads?: () => number;
  /** How backends are chosen; read before each call, so that the next one follows a change. */
  readonly backends?: () => BackendSettings;
  /** Hears of every call that has settled. */
  readonly onSettled?: (method: EngineMethod) => void;
  readonly log: (message: string) => void;
  readonly settleMs?: number;
  readonly graceMs?: number;
}

/**
 * The engine as the host sees it. A cancelled call rejects with CancelledError within 200 ms,
 * whatever its worker does; a call whose worker dies rejects with WorkerError, and the next call
 * finds a new worker.
 */
export interface EngineClient extends EngineCalls {
  /** Ends all workers; running calls are rejected, the next ones start new workers. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

export function createEngineClient(options: EngineOptions): EngineClient {
  let isDisposed = false;
  const log = (message: string) => {
    // The host's log is gone by the time the last worker is.
    if (!isDisposed) {
      options.log(message);
    }
  };
  /** By which settings each worker works, as text. */
  const configured = new WeakMap<WorkerThread, string>();
  const configure = async (thread: WorkerThread): Promise<void> => {
    const backends = options.backends?.();
    const text = JSON.stringify(backends);
    if (backends && configured.get(thread) !== text) {
      await thread.engine.configure(backends);
      configured.set(thread, text);
    }
  };
  const createLane = (name: string) =>
    new Lane({
      start: () => {
        const backends = options.backends?.();
        const settings = {
          role: 'engine' as const,
          memoryLimitMb: options.memoryLimitMb(),
          threads: options.threads?.() ?? availableParallelism(),
          ...(backends && { backends }),
        };
        log(
          `${name}: starting, memory limit ${settings.memoryLimitMb} MB, threads: ${settings.threads}`,
        );
        const thread = startWorkerThread(options.script, `tensorpress-${name}`, settings, log);
        configured.set(thread, JSON.stringify(backends));
        return thread;
      },
      settleMs: options.settleMs ?? 150,
      graceMs: options.graceMs ?? 2000,
      log,
    });
  const byName = {
    interactive: createLane('interactive'),
    statistics: createLane('statistics'),
    patterns: createLane('patterns'),
    sparse: createLane('sparse'),
    batch: createLane('batch'),
  };
  const all = Object.values(byName);

  const call =
    <M extends EngineMethod>(method: M) =>
    (
      params: ParamsOf<EngineContract, M>,
      callOptions: CallOptions<PartOf<EngineContract, M>> = {},
    ): Promise<ResultOf<EngineContract, M>> => {
      const result = byName[lanes[method]].call<
        ResultOf<EngineContract, M>,
        PartOf<EngineContract, M>
      >({
        subject: { method, file: fileOf(params as KnownParams) },
        temporary: temporaryOf(params as KnownParams),
        options: callOptions,
        send: async (thread, sendOptions) => {
          await configure(thread);
          return thread.engine[method](params, sendOptions);
        },
      });
      const settled = () => options.onSettled?.(method);
      result.then(settled, settled);
      return result;
    };

  return {
    inspect: call('inspect'),
    statistics: call('statistics'),
    choices: call('choices'),
    plan: call('plan'),
    readPlan: call('readPlan'),
    formatPlan: call('formatPlan'),
    compress: call('compress'),
    reconstruct: call('reconstruct'),
    backends: call('backends'),
    benchmarks: call('benchmarks'),
    benchmark: call('benchmark'),
    patternInfo: call('patternInfo'),
    patternMap: call('patternMap'),
    patternCurves: call('patternCurves'),
    patternKpd: call('patternKpd'),
    pattern: call('pattern'),
    patternSpeed: call('patternSpeed'),
    thumbnails: call('thumbnails'),
    applyPattern: call('applyPattern'),
    sparseInfo: call('sparseInfo'),
    sparseOffer: call('sparseOffer'),
    sparseCompare: call('sparseCompare'),
    sparseCompress: call('sparseCompress'),
    sparseModel: call('sparseModel'),
    sparseDecode: call('sparseDecode'),
    sparseEntries: call('sparseEntries'),
    restart: async () => {
      const reason = new WorkerError('The engine was restarted.');
      await Promise.all(all.map((lane) => lane.restart(reason)));
    },
    dispose: async () => {
      isDisposed = true;
      await Promise.all(all.map((lane) => lane.dispose()));
    },
  };
}

interface KnownParams {
  readonly path?: string;
  readonly output?: OutputTarget;
}

function fileOf({ path }: KnownParams): string | undefined {
  return path === undefined ? undefined : basename(path);
}

function temporaryOf({ output }: KnownParams): string | undefined {
  return output?.temporary;
}
