import type { TensorEntry } from '../../formats/format';
import type { Method } from '../decompositions/decomposition';
import { rankForKept } from '../ranks';
import { isSvdOf } from '../ranks/rankForm';
import { levelsOf, type Levels } from './levels';

/**
 * Rough numbers of multiply-adds, only good for sharing out a progress bar. The factors in front
 * are what the methods' passes over the data come to.
 */
export function workOf(method: Method, { shape, parameters }: TensorEntry, levels: Levels): number {
  const shortSide = Math.min(shape[0], parameters / shape[0]);
  if (method === 'cp' && !isSvdOf(method, shape)) {
    const ranks = levelsOf(levels).map((level) => {
      if ('rank' in level) {
        return level.rank;
      }
      // A search for an error fits ranks that sum to about that of keeping everything.
      return rankForKept('cp', shape, 'kept' in level ? level.kept : 1);
    });
    return ranks.reduce<number>(
      (sum, rank) => sum + cpSweeps * 2 * parameters * (typeof rank === 'number' ? rank : 1),
      0,
    );
  }
  if (method === 'block') {
    return blockPasses * parameters;
  }
  if (method === 'kpd') {
    // A Gram matrix of blocks has about as many rows as a middling block has entries.
    return kpdPasses * 256 * parameters;
  }
  if (method === 'tucker') {
    return parameters * (shape[0] + shape[1]);
  }
  return 4 * parameters * shortSide * (method === 'svd' && shape.length > 2 ? 2 : 1);
}

/** Sweeps of ALS until it stops, as met on real weights; the limit is 100. */
const cpSweeps = 60;

/** Sums over all blocks of some sizes, sorting and gathering them. */
const blockPasses = 50;
/** Sizes of blocks and numbers of them that are compared, and the rounds of the fits. */
const kpdPasses = 40;

/** Reading and a sum of squares, dear per element in comparison. */
export function workOfMeasuring({ parameters }: TensorEntry): number {
  return 1 + parameters;
}
