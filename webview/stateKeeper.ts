/** A slider that moves does not write the state at every step. */
const SAVE_DELAY = 150;

/** Writes what a page is to find after a reload, once it rests. */
export class StateKeeper<State> {
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param read the state by then; undefined where there is nothing to keep. */
  constructor(
    private readonly read: () => State | undefined,
    private readonly write: (state: State) => void,
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
