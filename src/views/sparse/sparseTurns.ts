import { CancelledError } from '../../failures';

/** A call that may take hours. */
export interface LongCall<T> {
  /** Asked when somebody waits: whether it loses nothing by being stopped and made again. */
  readonly givesWay: () => boolean;
  readonly signal: AbortSignal;
  /** Rejects when its signal aborts before it is done. */
  run(signal: AbortSignal): Promise<T>;
}

interface Turn {
  readonly stop: AbortController;
  readonly givesWay: () => boolean;
}

/**
 * Whose turn it is with the engine's worker for sparse tensors, which makes one call at a time. A
 * training of hours makes room for whoever opens a file or writes one, and goes on afterwards.
 */
export class SparseTurns {
  private current: Turn | undefined;
  private guests = 0;
  private readonly waiting: (() => void)[] = [];

  /** Whether a call that is made now has to wait, be it only until another one has made room. */
  get isTaken(): boolean {
    return this.current !== undefined || this.guests > 0;
  }

  /** Makes a call that a person waits for. */
  async short<T>(call: () => Promise<T>): Promise<T> {
    this.guests++;
    if (this.current?.givesWay()) {
      this.current.stop.abort();
    }
    try {
      return await call();
    } finally {
      this.guests--;
      this.wakeUp();
    }
  }

  /**
   * Makes a call that lasts, when no other one is made; again from where it stood if it gave way.
   * @throws CancelledError when `signal` aborts before its turn has come.
   */
  async long<T>({ givesWay, run, signal }: LongCall<T>): Promise<T> {
    for (;;) {
      const stop = new AbortController();
      await this.takeTurn({ stop, givesWay }, signal);
      try {
        return await run(AbortSignal.any([signal, stop.signal]));
      } catch (thrown) {
        if (!stop.signal.aborted || signal.aborted) {
          throw thrown;
        }
      } finally {
        this.current = undefined;
        this.wakeUp();
      }
    }
  }

  private async takeTurn(turn: Turn, signal: AbortSignal): Promise<void> {
    while (this.isTaken) {
      if (signal.aborted) {
        throw new CancelledError();
      }
      let wake = () => {};
      await new Promise<void>((resolve) => {
        wake = resolve;
        this.waiting.push(wake);
        signal.addEventListener('abort', wake);
      });
      signal.removeEventListener('abort', wake);
    }
    this.current = turn;
  }

  private wakeUp(): void {
    this.waiting.splice(0).forEach((resolve) => resolve());
  }
}
