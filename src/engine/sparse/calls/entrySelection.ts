import { FormatError, OutOfMemoryError } from '../../../failures';
import { MagnitudeCounts } from './magnitudeCounts';

/** Which entries to keep: those of at least this magnitude, or so many of the largest. */
export type Keep = { readonly threshold: number } | { readonly largest: number };

/** Entries held at first. */
const firstRoom = 2 ** 16;

/**
 * Keeps entries of a stream that comes in any order. An entry is its number (row-major, whatever the
 * caller numbers) and its value; zeros are never kept. Of the largest, those of equal magnitude with
 * lower numbers come first.
 */
export class EntrySelection {
  private positions = new Float64Array(firstRoom);
  private values = new Float64Array(firstRoom);
  private count = 0;
  /** Smaller magnitudes are out of the question. */
  private floor: number;
  /** At the floor, so are higher numbers. */
  private lastAtFloor = Infinity;
  private readonly largest: number | undefined;
  private readonly counts: MagnitudeCounts | undefined;
  private hasOverflowed = false;

  /** @param most entries that may be held at a time. */
  constructor(
    keep: Keep,
    private readonly most: number,
  ) {
    if ('largest' in keep) {
      this.largest = keep.largest;
      this.floor = 0;
      if (2 * keep.largest > most) {
        throw new OutOfMemoryError(
          `To find the ${keep.largest} largest entries, twice as many must be held, more than the ${most} that the memory allows; ask for at most ${Math.floor(most / 2)}.`,
          { value: keep.largest, limit: Math.floor(most / 2) },
        );
      }
    } else {
      this.floor = keep.threshold;
      this.counts = new MagnitudeCounts();
    }
  }

  /** Whether an entry may be kept. @throws FormatError for a value that is not finite. */
  isWanted(value: number): boolean {
    const magnitude = Math.abs(value);
    if (magnitude >= this.floor && magnitude > 0 && magnitude < Infinity) {
      return true;
    }
    if (!(magnitude < Infinity)) {
      throw new FormatError(
        'The file generates values that are not finite numbers; it is damaged. Write it again.',
      );
    }
    return false;
  }

  /** Takes an entry that {@link isWanted}. */
  add(position: number, value: number): void {
    const magnitude = Math.abs(value);
    this.counts?.add(magnitude);
    if (this.hasOverflowed || (magnitude === this.floor && position > this.lastAtFloor)) {
      return;
    }
    if (this.count === this.values.length && !this.makeRoom()) {
      return;
    }
    this.positions[this.count] = position;
    this.values[this.count++] = value;
  }

  /**
   * What is kept, in no particular order.
   * @throws OutOfMemoryError when more entries pass a threshold than may be held; it says which
   * threshold lets how many pass.
   */
  finish(): { readonly positions: Float64Array; readonly values: Float64Array } {
    if (this.hasOverflowed) {
      const { total } = this.counts!;
      const { threshold, count } = this.counts!.thresholdFor(this.most);
      const remedy =
        count > 0
          ? `A threshold of ${threshold} keeps ${count} or fewer.`
          : `Ask for the ${Math.floor(this.most / 2)} largest instead.`;
      throw new OutOfMemoryError(
        `${total} entries have a magnitude of at least ${this.floor}, more than the ${this.most} that the memory allows. ${remedy}`,
        { value: total, limit: this.most },
      );
    }
    if (this.largest !== undefined && this.count > this.largest) {
      this.cut(this.largest);
    }
    return {
      positions: this.positions.subarray(0, this.count),
      values: this.values.subarray(0, this.count),
    };
  }

  /** False when no further entry can be held. */
  private makeRoom(): boolean {
    const limit = this.largest === undefined ? this.most : Math.max(2 * this.largest, firstRoom);
    if (this.values.length < limit) {
      const length = Math.min(limit, 2 * this.values.length);
      this.positions = longer(this.positions, length);
      this.values = longer(this.values, length);
      return true;
    }
    if (this.largest !== undefined) {
      this.cut(this.largest);
      return true;
    }
    this.hasOverflowed = true;
    this.positions = new Float64Array(0);
    this.values = new Float64Array(0);
    this.count = 0;
    return false;
  }

  /** Leaves the `wanted` largest; at least so many must be there. */
  private cut(wanted: number): void {
    const { positions, values, count } = this;
    if (wanted === 0) {
      this.count = 0;
      this.floor = Infinity;
      return;
    }
    const magnitudes = values.slice(0, count).map(Math.abs).sort();
    const floor = magnitudes[count - wanted];
    let above = 0;
    for (let at = count - 1; at >= 0 && magnitudes[at] > floor; at--) {
      above++;
    }
    const tied = positions.slice(0, count).filter((_, at) => Math.abs(values[at]) === floor);
    const last = tied.sort()[wanted - above - 1];
    let kept = 0;
    for (let at = 0; at < count; at++) {
      const magnitude = Math.abs(values[at]);
      if (magnitude > floor || (magnitude === floor && positions[at] <= last)) {
        positions[kept] = positions[at];
        values[kept++] = values[at];
      }
    }
    this.count = kept;
    this.floor = floor;
    this.lastAtFloor = last;
  }
}

function longer(array: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(length);
  result.set(array);
  return result;
}
