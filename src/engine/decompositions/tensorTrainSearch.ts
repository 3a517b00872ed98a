import { part, type Job } from '../job';
import { tensorTrainParameters } from '../ranks/tensorTrainRank';
import { elementCount } from '../tensor/tensor';

/** What truncation to some ranks comes to; the squared error is the sum of what steps discard. */
export interface TrainTruncation {
  /** Between the cores: one fewer than there are modes. */
  readonly ranks: readonly number[];
  readonly squaredError: number;
}

/** The rank of step `index`, from `discarded[r]`, what keeping r would discard; the last is 0. */
export type ChooseRank = (discarded: Float64Array, index: number) => number;

/** Runs TT-SVD with the ranks that `choose` picks, clipped to what each step has. */
export type Truncate = (choose: ChooseRank, job: Job) => Promise<TrainTruncation>;

/** Factors by which one step's share of the bound is raised and lowered, coarse ones first. */
const shareFactors: readonly number[] = [4, 2];
/**
 * Truncations spent on shares, each of which factorises all unfoldings but the first anew. Twice as
 * many save one or two percent of the parameters more.
 */
const maxTrials = 8;

/**
 * The ranks of a train with few parameters and a squared error of at most `squaredBound`;
 * undefined where they have more parameters than the tensor has elements. `sizes` are the modes
 * that have a core, in the train's order.
 *
 * TT-SVD's rule (Oseledets, 2011, algorithm 1) lets each of the n steps discard an n-th of the
 * bound. What a step does not use, for it discards whole singular values, is passed on to the later
 * ones here, and other shares than equal ones are tried; in the end each rank is lowered while the
 * error allows. So the result never has more parameters than the rule's, and no single rank of it
 * can be lowered. The true minimum over all ranks would take a factorisation for each.
 */
export async function smallestTrain(
  sizes: readonly number[],
  squaredBound: number,
  truncate: Truncate,
  job: Job,
): Promise<readonly number[] | undefined> {
  const search = new TrainSearch(sizes, squaredBound, truncate, job);
  const affordable = elementCount(sizes);
  if (search.parametersOf(await search.leastRanks()) > affordable) {
    return undefined;
  }
  await search.tryShares();
  if (!search.best || search.parametersOf(search.best.ranks) > affordable) {
    return undefined;
  }
  await search.lowerEach();
  return search.best.ranks;
}

class TrainSearch {
  /** The one with the fewest parameters so far of those within the bound. */
  best: TrainTruncation | undefined;
  private readonly steps: number;
  private trials = 0;

  constructor(
    private readonly sizes: readonly number[],
    private readonly squaredBound: number,
    private readonly truncate: Truncate,
    private readonly job: Job,
  ) {
    this.steps = sizes.length - 1;
  }

  parametersOf(ranks: readonly number[]): number {
    return tensorTrainParameters(this.sizes, [1, ...ranks, 1]);
  }

  /**
   * Ranks that no train within the bound can fall below: of every unfolding, what the whole bound
   * allows. The steps of a train that keeps everything see the unfoldings' own singular values.
   */
  async leastRanks(): Promise<number[]> {
    const ranks: number[] = [];
    await this.run((discarded) => {
      ranks.push(smallestWithin(discarded, this.squaredBound));
      return discarded.length - 1;
    });
    return ranks;
  }

  /** Equal shares first, then one share after the other up or down. */
  async tryShares(): Promise<void> {
    let shares = this.sizes.slice(1).map(() => 1);
    await this.improves(shares);
    for (const factor of shareFactors) {
      for (let step = 0; step < this.steps && this.steps > 1; step++) {
        for (const change of [factor, 1 / factor]) {
          const changed = shares.map((share, i) => (i === step ? share * change : share));
          if (this.trials < maxTrials && (await this.improves(changed))) {
            shares = changed;
            break;
          }
        }
      }
    }
  }

  /** Lowers each rank while the error stays within the bound. */
  async lowerEach(): Promise<void> {
    for (let step = 0; step < this.steps; step++) {
      let isLower = true;
      while (isLower && this.best && this.best.ranks[step] > 1) {
        const ranks = this.best.ranks.with(step, this.best.ranks[step] - 1);
        isLower = await this.improvesWith((_, index) => ranks[index]);
      }
    }
  }

  /**
   * Every step takes the smallest rank within its share of what the ones before it have left;
   * shares are relative to those of the steps after it.
   */
  private improves(shares: readonly number[]): Promise<boolean> {
    let left = this.squaredBound;
    return this.improvesWith((discarded, index) => {
      const rest = shares.slice(index).reduce((sum, share) => sum + share, 0);
      const rank = smallestWithin(discarded, (left * shares[index]) / rest);
      left = Math.max(0, left - discarded[rank]);
      return rank;
    });
  }

  private async improvesWith(choose: ChooseRank): Promise<boolean> {
    const found = await this.run(choose);
    const isBetter =
      found.squaredError <= this.squaredBound &&
      (!this.best || this.parametersOf(found.ranks) < this.parametersOf(this.best.ranks));
    this.best = isBetter ? found : this.best;
    return isBetter;
  }

  private run(choose: ChooseRank): Promise<TrainTruncation> {
    const expected = maxTrials + this.steps;
    const from = Math.min(1, this.trials++ / expected);
    return this.truncate(choose, part(this.job, from, Math.min(1, from + 1 / expected)));
  }
}

/** The smallest rank, at least 1, that discards at most `allowed`. */
function smallestWithin(discarded: Float64Array, allowed: number): number {
  return Math.max(
    1,
    discarded.findIndex((energy) => energy <= allowed),
  );
}
