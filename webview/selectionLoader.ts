export interface Loading<Value> {
  readonly key: string;
  /** The newest part, or the whole once `done`. */
  readonly value?: Value;
  readonly done: boolean;
  readonly failure?: unknown;
}

/**
 * Loads something about the one selected item. A new selection cancels the load before it; one
 * that changes within `delay` milliseconds is never asked for.
 */
export class SelectionLoader<Value> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private controller: AbortController | undefined;

  constructor(
    private readonly load: (
      key: string,
      signal: AbortSignal,
      onPart: (part: Value) => void,
    ) => Promise<Value>,
    private readonly onChange: (state: Loading<Value> | undefined) => void,
    private readonly delay = 150,
  ) {}

  /** @param key the item now selected, or undefined for none. */
  select(key: string | undefined): void {
    this.cancel();
    if (key === undefined) {
      this.onChange(undefined);
      return;
    }
    this.onChange({ key, done: false });
    this.timer = setTimeout(() => void this.start(key), this.delay);
  }

  /** Stops what is under way without a word to `onChange`. */
  cancel(): void {
    clearTimeout(this.timer);
    this.controller?.abort();
    this.controller = undefined;
  }

  private async start(key: string): Promise<void> {
    const controller = new AbortController();
    this.controller = controller;
    let latest: Value | undefined;
    try {
      const value = await this.load(key, controller.signal, (part) => {
        if (!controller.signal.aborted) {
          latest = part;
          this.onChange({ key, value: part, done: false });
        }
      });
      if (!controller.signal.aborted) {
        this.onChange({ key, value, done: true });
      }
    } catch (failure) {
      if (!controller.signal.aborted) {
        this.onChange({
          key,
          ...(latest === undefined ? {} : { value: latest }),
          done: true,
          failure,
        });
      }
    }
  }
}
