import {
  claimAt,
  epochAt,
  failedAt,
  kindAt,
  maxParameters,
  parametersAt,
  remainingAt,
} from './layout';

/**
 * The control block: which operation is going on and who may take its next item. An item is taken
 * by exchanging the claim as a whole, operation number included, so that a thread which slept
 * through the end of an operation cannot take an item of a later one with parameters of the old.
 */
export class ControlBlock {
  private readonly epoch: Int32Array;
  private readonly remaining: Int32Array;
  private readonly kind: Int32Array;
  private readonly failed: Int32Array;
  private readonly claim: BigInt64Array;
  readonly parameters: Float64Array;

  constructor(memory: WebAssembly.Memory) {
    this.epoch = new Int32Array(memory.buffer, epochAt, 1);
    this.remaining = new Int32Array(memory.buffer, remainingAt, 1);
    this.kind = new Int32Array(memory.buffer, kindAt, 1);
    this.failed = new Int32Array(memory.buffer, failedAt, 1);
    this.claim = new BigInt64Array(memory.buffer, claimAt, 1);
    this.parameters = new Float64Array(memory.buffer, parametersAt, maxParameters);
  }

  /** Announces an operation of `items` items, whose parameters are in place. */
  begin(kind: number, items: number): number {
    const epoch = (Atomics.load(this.epoch, 0) + 1) | 0;
    Atomics.store(this.kind, 0, kind);
    Atomics.store(this.failed, 0, 0);
    Atomics.store(this.remaining, 0, items);
    Atomics.store(this.claim, 0, claimOf(epoch, items));
    Atomics.store(this.epoch, 0, epoch);
    Atomics.notify(this.epoch, 0);
    return epoch;
  }

  /** The number of the last item that nobody has taken, or -1 when the operation has none left. */
  take(epoch: number): number {
    for (;;) {
      const claim = Atomics.load(this.claim, 0);
      const left = Number(claim & 0xffffffffn);
      if (Number(claim >> 32n) !== epoch || left === 0) {
        return -1;
      }
      const next = claimOf(epoch, left - 1);
      if (Atomics.compareExchange(this.claim, 0, claim, next) === claim) {
        return left - 1;
      }
    }
  }

  /** Whether an item of the last operation went wrong. */
  get hasFailed(): boolean {
    return Atomics.load(this.failed, 0) !== 0;
  }

  finished(isDone: boolean): void {
    if (!isDone) {
      Atomics.store(this.failed, 0, 1);
    }
    if (Atomics.sub(this.remaining, 0, 1) === 1) {
      Atomics.notify(this.remaining, 0);
    }
  }

  /** Blocks until every item is finished. */
  waitForAll(): void {
    for (let turn = 0; ; turn++) {
      const remaining = Atomics.load(this.remaining, 0);
      if (remaining === 0) {
        return;
      }
      if (turn >= spinTurns) {
        Atomics.wait(this.remaining, 0, remaining, 50);
      }
    }
  }

  /** Blocks until an operation after `epoch` begins; returns its number. */
  waitForNext(epoch: number): number {
    for (let turn = 0; turn < spinTurns; turn++) {
      const now = Atomics.load(this.epoch, 0);
      if (now !== epoch) {
        return now;
      }
    }
    Atomics.wait(this.epoch, 0, epoch);
    return Atomics.load(this.epoch, 0);
  }

  kindNow(): number {
    return Atomics.load(this.kind, 0);
  }

  epochNow(): number {
    return Atomics.load(this.epoch, 0);
  }
}

/**
 * Looks before a thread goes to sleep, some 125 microseconds: waking one takes about as long, and most
 * operations follow one another faster.
 */
const spinTurns = 10_000;

function claimOf(epoch: number, left: number): bigint {
  return (BigInt(epoch) << 32n) | BigInt(left);
}
