import { Worker } from 'node:worker_threads';
import { ControlBlock } from './claims';
import { maxParameters, scratchOf } from './layout';
import { operations } from './operations';
import type { ThreadContext } from './operation';

/** What a kernel thread is started with. */
export interface KernelThreadData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly scratch: number;
  readonly index: number;
}

/**
 * Threads that take part in operations over one memory. The thread that owns the team starts an
 * operation, works on it as well, and goes on when all items are finished.
 */
export class Team {
  private readonly control: ControlBlock;
  private readonly workers: Worker[] = [];
  private isRunning = false;

  constructor(
    private readonly owner: ThreadContext,
    module: WebAssembly.Module,
    threads: number,
    script: () => string,
  ) {
    this.control = new ControlBlock(owner.memory);
    for (let index = 1; index < threads; index++) {
      const workerData: KernelThreadData = {
        module,
        memory: owner.memory,
        scratch: scratchOf(index),
        index,
      };
      const worker = new Worker(script(), {
        name: 'tensorpress-kernels',
        workerData,
        execArgv: [],
      });
      // A thread that cannot run leaves its share to the others; it holds no item between calls.
      worker.on('error', () => this.workers.splice(this.workers.indexOf(worker), 1));
      worker.unref();
      this.workers.push(worker);
    }
  }

  /** Threads that take part, this one included. */
  get size(): number {
    return this.workers.length + 1;
  }

  /**
   * Runs all items of an operation and returns when they are finished. An operation that is started
   * by an item of another runs on this thread alone.
   */
  run(kind: number, parameters: readonly number[], items: number): void {
    if (parameters.length > maxParameters) {
      throw new Error(`An operation takes ${maxParameters} parameters at most.`);
    }
    const operation = operations[kind];
    const own = Float64Array.from(parameters);
    if (items === 1 || this.isRunning || this.workers.length === 0) {
      for (let item = 0; item < items; item++) {
        operation(this.owner, own, item);
      }
      return;
    }
    this.isRunning = true;
    try {
      this.control.parameters.set(parameters);
      const epoch = this.control.begin(kind, items);
      for (let item = this.control.take(epoch); item >= 0; item = this.control.take(epoch)) {
        operation(this.owner, own, item);
        this.control.finished(true);
      }
      this.control.waitForAll();
      if (this.control.hasFailed) {
        throw new Error('A thread of the engine could not do its share.');
      }
    } finally {
      this.isRunning = false;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.terminate()));
  }
}
