import { createMatrix, type Matrix } from '../linalg/matrix';

/** Step lengths: the first, its growth after a success and its cut after a failure. */
const firstStep = 0.8;
const growth = 1.2;
const cut = 2;
const ceilingGrowth = 1.05;

/**
 * Where the next sweep of alternating least squares starts: a step beyond the last factors, in the
 * direction of the last change, A_k + beta (A_k - A_{k-1}). When the sweep from there ends worse
 * than the last one did, its result is dropped, and the next starts from the best factors as they
 * are; such a plain sweep cannot increase the error. Line search without a search: heuristic
 * extrapolation with restarts (Ang, Cohen, Gillis and Hien, 2021).
 */
export class Extrapolation {
  /** Relative error of {@link best}. */
  error = Infinity;
  /** Copies of the factors with the smallest error so far. */
  readonly best: readonly Matrix[];
  private readonly previous: readonly Matrix[];
  private readonly target: readonly Matrix[];
  private step = firstStep;
  private ceiling = 1;
  private sweeps = 0;
  private wasExtrapolated = false;
  private lastFailed = false;

  constructor(
    private readonly factors: readonly Matrix[],
    private readonly isOn: boolean,
  ) {
    const copies = () => factors.map(({ rows, columns }) => createMatrix(rows, columns));
    this.best = copies();
    this.previous = copies();
    this.target = copies();
  }

  /** Takes note of the factors a sweep ended with; returns whether they are the best so far. */
  accept(error: number): boolean {
    this.sweeps++;
    const isBetter = error <= this.error || !this.wasExtrapolated;
    this.lastFailed = !isBetter;
    if (!isBetter) {
      this.ceiling = this.step;
      this.step /= cut;
      return false;
    }
    if (this.wasExtrapolated) {
      this.ceiling = Math.min(maxStep, this.ceiling * ceilingGrowth);
      this.step = Math.min(this.ceiling, this.step * growth);
    }
    this.error = error;
    this.factors.forEach((factor, mode) => {
      this.previous[mode].data.set(this.best[mode].data);
      this.best[mode].data.set(factor.data);
    });
    return true;
  }

  /** The factors to start the next sweep from; undefined to go on from those at hand. */
  next(): readonly Matrix[] | undefined {
    if (!this.isOn || this.sweeps < 2) {
      return undefined;
    }
    if (this.lastFailed) {
      this.wasExtrapolated = false;
      return this.best;
    }
    this.wasExtrapolated = true;
    this.target.forEach(({ data }, mode) => {
      const best = this.best[mode].data;
      const previous = this.previous[mode].data;
      for (let i = 0; i < data.length; i++) {
        data[i] = best[i] + this.step * (best[i] - previous[i]);
      }
    });
    return this.target;
  }
}

/** Longer steps than the change itself pay in long narrow valleys. */
const maxStep = 6;
