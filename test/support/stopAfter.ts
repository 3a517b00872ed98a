import { CancelledError } from '../../src/failures';
import type { Job } from '../../src/engine/job';

/** A job that is cancelled at its `looks`-th look at the stop sign; `seen` counts them. */
export function stopAfter(looks: number): Job & { readonly seen: () => number } {
  let count = 0;
  return {
    throwIfCancelled() {
      if (++count >= looks) {
        throw new CancelledError();
      }
    },
    report() {},
    seen: () => count,
  };
}
