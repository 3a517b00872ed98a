/** Bits of a double's mantissa that tell bins apart: 64 bins from one power of two to the next. */
const mantissaBits = 6;
const shift = 20 - mantissaBits;

/** How many magnitudes lie in each of 2^17 bins, whatever their range: an answer to "how many pass?". */
export class MagnitudeCounts {
  total = 0;
  private readonly bins = new Float64Array(2 ** (11 + mantissaBits));
  private readonly number = new Float64Array(1);
  /** Of a little-endian double, its upper half. */
  private readonly words = new Uint32Array(this.number.buffer);

  /** @param magnitude positive and finite. */
  add(magnitude: number): void {
    this.number[0] = magnitude;
    this.bins[this.words[1] >>> shift]++;
    this.total++;
  }

  /**
   * A threshold, of few digits, that at most `most` of the magnitudes reach, and how many of them are
   * certain not to be exceeded.
   */
  thresholdFor(most: number): { readonly threshold: number; readonly count: number } {
    let count = 0;
    let bin = this.bins.length;
    while (bin > 0 && count + this.bins[bin - 1] <= most) {
      count += this.bins[--bin];
    }
    return { threshold: roundedUp(this.lowerEdge(bin)), count };
  }

  private lowerEdge(bin: number): number {
    this.words[0] = 0;
    this.words[1] = (bin << shift) >>> 0;
    return this.number[0];
  }
}

/** To four digits, never down. */
function roundedUp(value: number): number {
  const rounded = Number(value.toPrecision(4));
  return rounded >= value ? rounded : Number((value * 1.0005).toPrecision(4));
}
