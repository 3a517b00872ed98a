import { CancelledError } from '../failures';
import type { Failure } from '../failures';
import type { Job } from '../engine/job';
import type { ChoiceTask, ChoiceTeam, MethodOutcome } from '../engine/selection/choiceTask';
import type { MemberContract } from './memberContract';
import { startWorkerThread, type WorkerThread } from './workerThread';
import type { WorkerSettings } from './serveEngine';

/** Between looks at the stop sign of whoever waits for the members. */
const stopIntervalMs = 20;
/** Values of a place, at least: small tensors then share the few places there are. */
const smallestPlace = 2 ** 16;

/**
 * Workers that compute choices for the batch worker, each a task at a time. They start with the
 * first task and stay; a member that died is replaced at the next task.
 */
export class Members implements ChoiceTeam {
  private readonly free: WorkerThread<MemberContract>[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly places: Float64Array[] = [];
  private running = 0;
  private placesTaken = 0;
  private readonly waitingForPlace: (() => void)[] = [];

  constructor(
    readonly size: number,
    private readonly script: string,
    private readonly memoryLimitMb: number,
  ) {}

  async withValues<T>(count: number, use: (values: Float64Array) => Promise<T>): Promise<T> {
    // One more than there are members, so that the next tensor is read while all of them work.
    while (this.placesTaken > this.size) {
      await new Promise<void>((resolve) => this.waitingForPlace.push(resolve));
    }
    this.placesTaken++;
    const place = this.takePlace(count);
    try {
      return await use(place.subarray(0, count));
    } finally {
      this.places.push(place);
      this.placesTaken--;
      this.waitingForPlace.shift()?.();
    }
  }

  async run(task: ChoiceTask, job: Job, tell: (outcome: MethodOutcome) => void): Promise<void> {
    while (this.running >= this.size) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.running++;
    const member = this.takeMember();
    const stop = new AbortController();
    let stopped: unknown;
    const timer = setInterval(() => {
      try {
        job.throwIfCancelled();
      } catch (reason) {
        stopped ??= reason;
        stop.abort();
      }
    }, stopIntervalMs);
    try {
      job.throwIfCancelled();
      await member.engine.choices(task, { signal: stop.signal, onProgress: tell });
    } catch (error) {
      throw stopped !== undefined && error instanceof CancelledError ? stopped : error;
    } finally {
      clearInterval(timer);
      if (!member.ended) {
        this.free.push(member);
      }
      this.running--;
      this.waiting.shift()?.();
    }
  }

  /** Ends all members; only when none is at work. */
  async stop(reason: Failure): Promise<void> {
    this.places.length = 0;
    await Promise.all(this.free.splice(0).map((member) => member.terminate(reason)));
  }

  /**
   * A place that is large enough, the smallest there is. Shared memory is kept and used again: the
   * garbage collector does not see how large it is, and would let discarded places pile up.
   */
  private takePlace(count: number): Float64Array {
    this.places.sort((a, b) => a.length - b.length);
    const index = this.places.findIndex(({ length }) => length >= count);
    if (index >= 0) {
      return this.places.splice(index, 1)[0];
    }
    this.places.pop();
    const length = Math.max(smallestPlace, 2 ** Math.ceil(Math.log2(count)));
    return new Float64Array(new SharedArrayBuffer(length * 8));
  }

  private takeMember(): WorkerThread<MemberContract> {
    for (;;) {
      const member = this.free.pop();
      if (!member) {
        const settings: WorkerSettings = {
          role: 'member',
          memoryLimitMb: this.memoryLimitMb,
          threads: 1,
        };
        return startWorkerThread<MemberContract>(
          this.script,
          'tensorpress-member',
          settings,
          () => {},
        );
      }
      if (!member.ended) {
        return member;
      }
    }
  }
}
