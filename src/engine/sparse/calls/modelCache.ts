import type { SparseAttempt } from '../../../protocol/sparse';
import type { FittedModel, StandingModel } from '../methods';
import type { SparseModel } from '../sparseModel';

/** An attempt with its model. */
export interface MadeModel extends FittedModel {
  readonly attempt: SparseAttempt;
  readonly label: string;
  /** Of a training with epochs left. */
  readonly paused?: StandingModel['paused'];
  /** How it came about, in sentences. */
  readonly notes: readonly string[];
  /** Of the computation, pauses left out. */
  readonly elapsedMs: number;
}

/** What a cache may hold where the job sets no limit, and its share of a limit. */
const mostBytes = 2 ** 29;
const shareOfLimit = 0.25;

/** Models of one tensor, by the keys of their attempts; beyond a bound the one used longest ago goes. */
export class ModelCache {
  private readonly held = new Map<string, { readonly made: MadeModel; readonly bytes: number }>();

  get(key: string): MadeModel | undefined {
    const found = this.held.get(key);
    if (found) {
      // A map keeps the order in which keys came.
      this.held.delete(key);
      this.held.set(key, found);
    }
    return found?.made;
  }

  /** @param memoryLimit of the job. */
  keep(key: string, made: MadeModel, memoryLimit = Infinity): void {
    this.held.delete(key);
    this.held.set(key, { made, bytes: bytesOf(made.model) });
    const limit = Math.min(mostBytes, shareOfLimit * memoryLimit);
    let total = [...this.held.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [oldest, { bytes }] of this.held) {
      if (total <= limit) {
        return;
      }
      this.held.delete(oldest);
      total -= bytes;
    }
  }

  clear(): void {
    this.held.clear();
  }
}

/** What a model holds: the arrays that can be seen, or what it is said to take if that is more. */
function bytesOf(model: SparseModel): number {
  const seen = new Set<object>();
  const visible = (value: unknown): number => {
    if (typeof value !== 'object' || value === null || seen.has(value)) {
      return 0;
    }
    seen.add(value);
    if (ArrayBuffer.isView(value)) {
      const isNew = !seen.has(value.buffer);
      seen.add(value.buffer);
      return isNew ? value.byteLength : 0;
    }
    return Object.values(value).reduce((sum: number, one) => sum + visible(one), 0);
  };
  return Math.max(visible(model), model.bytes + model.orderBytes);
}
