import type { SparseOutcome, SparsePageEvents } from '../../protocol/sparse';
import type { EventHandlers } from '../../protocol/rpc';
import type { SparseStore } from './sparseStore';

/** Outcomes change faster than anyone can look at them. */
const shownEveryMs = 100;
/** Those with a large picture are sent less often, over what may be a slow wire. */
const largeShownEveryMs = 500;
const largeBytes = 2 ** 16;

/** Tells the page of what changes, a few times a second. */
export class OutcomeFeed {
  private readonly changed = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: Pick<SparseStore, 'model' | 'outcome'>,
    private readonly page: Omit<EventHandlers<SparsePageEvents>, 'writeProgress'>,
  ) {}

  /** An outcome has changed; without a key, only the progress. */
  note(key?: string): void {
    const outcome = key === undefined ? undefined : this.store.outcome(key);
    if (key !== undefined) {
      this.changed.add(key);
    }
    this.timer ??= setTimeout(
      () => this.send(),
      isLarge(outcome) ? largeShownEveryMs : shownEveryMs,
    );
  }

  /** What waits to be told is told otherwise, or nobody listens any more. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.changed.clear();
  }

  private send(): void {
    const changed = [...this.changed];
    this.clear();
    const { model } = this.store;
    if (!model.progress) {
      // The end of a run, after which there is no progress to show.
      this.page.model(model);
      return;
    }
    for (const key of changed) {
      const outcome = this.store.outcome(key);
      if (outcome) {
        this.page.outcome(outcome);
      }
    }
    this.page.progress(model.progress);
  }
}

function isLarge(outcome: SparseOutcome | undefined): boolean {
  return (outcome?.spy?.counts.byteLength ?? 0) > largeBytes;
}
