import type { PatternsState } from '../../src/protocol/patterns';

/** A slider that moves does not write the state at every step. */
const SAVE_DELAY = 150;

/** Writes what the page is to find after a reload, once it rests. */
export class StateKeeper {
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param read the state by then; undefined where there is nothing to keep. */
  constructor(
    private readonly read: () => PatternsState | undefined,
    private readonly write: (state: PatternsState) => void,
  ) {}

  save(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const state = this.read();
      if (state) {
        this.write(state);
      }
    }, SAVE_DELAY);
  }
}
