import { rm } from 'node:fs/promises';
import type { CallOptions } from '../protocol/rpc';
import { CancelledError, WorkerError } from '../failures';
import type { Failure } from '../failures';
import type { WorkerThread } from './workerThread';

export interface LaneOptions {
  readonly start: () => WorkerThread;
  /** How long a cancelled call may take to settle by itself before its caller is let go. */
  readonly settleMs: number;
  /** How long the worker may ignore the stop sign before it is ended. */
  readonly graceMs: number;
  readonly log: (message: string) => void;
}

export interface LaneCall<Result, Part> {
  /** For messages: what is being done to which file. */
  readonly subject: { readonly method: string; readonly file?: string };
  /** A file to remove when the worker that was writing it is gone. */
  readonly temporary?: string;
  readonly options: CallOptions<Part>;
  send(thread: WorkerThread, options: CallOptions<Part>): Promise<Result>;
}

interface Pending {
  run(): Promise<void>;
  reject(reason: Error): void;
  readonly signal: AbortSignal | undefined;
}

/**
 * One worker thread that works on one call at a time. Calls wait here, not in the worker: one that
 * is cancelled while it waits costs nothing, and ending an unresponsive worker hits only the call
 * that made it so. The thread starts with the first call, and anew with the first after its end.
 */
export class Lane {
  private thread: WorkerThread | undefined;
  private readonly waiting: Pending[] = [];
  private running: Promise<void> | undefined;
  private disposed = false;

  constructor(private readonly options: LaneOptions) {}

  call<Result, Part>(call: LaneCall<Result, Part>): Promise<Result> {
    const { signal } = call.options;
    return new Promise<Result>((resolve, reject) => {
      if (this.disposed) {
        reject(new WorkerError('The engine has been shut down.'));
        return;
      }
      if (signal?.aborted) {
        reject(new CancelledError());
        return;
      }
      const pending: Pending = {
        run: () => {
          signal?.removeEventListener('abort', leave);
          return this.run(call, resolve, reject);
        },
        reject,
        signal,
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(pending), 1);
        reject(new CancelledError());
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(pending);
      this.next();
    });
  }

  /** Ends the thread; the running call is rejected with `reason`, waiting calls get a new thread. */
  async restart(reason: WorkerError): Promise<void> {
    await this.endThread(reason);
  }

  /** Ends the thread and rejects all calls. Resolves when their temporary files are gone. */
  async dispose(): Promise<void> {
    this.disposed = true;
    const reason = new CancelledError('Cancelled: TensorPress is shutting down.');
    for (const pending of this.waiting.splice(0)) {
      pending.reject(reason);
    }
    await this.endThread(reason);
    await this.running;
  }

  private next(): void {
    if (this.running || this.disposed) {
      return;
    }
    this.running = this.waiting
      .shift()
      ?.run()
      .finally(() => {
        this.running = undefined;
        this.next();
      });
  }

  private async run<Result, Part>(
    call: LaneCall<Result, Part>,
    resolve: (result: Result) => void,
    reject: (reason: unknown) => void,
  ): Promise<void> {
    const { signal, onProgress } = call.options;
    const stop = new AbortController();
    let letGo = false;
    let settleTimer: NodeJS.Timeout | undefined;
    let graceTimer: NodeJS.Timeout | undefined;
    let thread: WorkerThread | undefined;

    const cancel = () => {
      stop.abort();
      settleTimer = setTimeout(() => {
        letGo = true;
        reject(new CancelledError());
      }, this.options.settleMs);
      graceTimer = setTimeout(() => {
        this.options.log(
          `"${call.subject.method}" ignored its cancellation for ${this.options.graceMs} ms; ` +
            'its worker is ended.',
        );
        void this.endThread(new WorkerError('The engine did not stop in time and was ended.'));
      }, this.options.graceMs);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      thread = this.currentThread();
      const result = await call.send(thread, {
        signal: stop.signal,
        onProgress:
          onProgress &&
          ((part) => {
            if (!signal?.aborted) {
              onProgress(part);
            }
          }),
      });
      if (letGo) {
        this.options.log(`"${call.subject.method}" finished although it was cancelled.`);
      }
      resolve(result);
    } catch (thrown) {
      if (thread?.ended) {
        await thread.exited;
        await this.clean(call.temporary);
      }
      reject(signal?.aborted ? new CancelledError() : nameSubject(thrown, thread, call.subject));
    } finally {
      signal?.removeEventListener('abort', cancel);
      clearTimeout(settleTimer);
      clearTimeout(graceTimer);
    }
  }

  private currentThread(): WorkerThread {
    if (!this.thread || this.thread.ended) {
      try {
        this.thread = this.options.start();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new WorkerError(`The engine could not be started: ${reason}`, {}, { cause: error });
      }
    }
    return this.thread;
  }

  private async endThread(reason: Failure): Promise<void> {
    const thread = this.thread;
    this.thread = undefined;
    await thread?.terminate(reason);
  }

  private async clean(temporary: string | undefined): Promise<void> {
    if (temporary !== undefined) {
      await rm(temporary, { force: true }).catch((error: unknown) =>
        this.options.log(`Could not remove ${temporary}: ${String(error)}`),
      );
    }
  }
}

function nameSubject(
  thrown: unknown,
  thread: WorkerThread | undefined,
  subject: LaneCall<unknown, unknown>['subject'],
): unknown {
  if (thrown !== thread?.ended || !(thrown instanceof WorkerError)) {
    return thrown;
  }
  const { method, file } = subject;
  const during = file === undefined ? `during "${method}"` : `during "${method}" of ${file}`;
  return new WorkerError(
    `${thrown.message} This happened ${during}; the next command starts the engine again.`,
    { ...thrown.details, file },
    { cause: thrown },
  );
}
