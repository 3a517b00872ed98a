import { Failure, UsageError } from '../../failures';
import { unattended, type Job } from '../job';
import { errorForEnergy, rankForKept } from '../ranks';
import { asNumber, isSvdOf, matrixRank } from '../ranks/rankForm';
import { assertMatrixOrMore } from '../ranks/matricisation';
import { elementCount, formatShape, type DenseTensor } from '../tensor/tensor';
import { factoriseBlockKronecker, restoreBlockKronecker } from './blockKronecker';
import { factoriseBlockSparse, restoreBlockSparse } from './blockSparse';
import { factoriseCp, restoreCp, type CpOptions } from './cp';
import type {
  Attributes,
  Decomposition,
  Factorisation,
  Method,
  RankSelection,
} from './decomposition';
import { factoriseKronecker, restoreKronecker } from './kronecker';
import type { StoredDecomposition } from './storedFactors';
import { factoriseSvd, restoreSvd } from './svd';
import { factoriseTensorTrain, restoreTensorTrain, type TensorTrainOptions } from './tensorTrain';
import { factoriseTucker, restoreTucker, type TuckerOptions } from './tucker';

export type { StoredDecomposition } from './storedFactors';

export interface FactoriseOptions {
  /** Of every random choice: CP's starts, the sketch of a large matrix. */
  readonly seed: number;
  /**
   * Fixes what the method would otherwise choose: `scheme` (svd), `block` (kronecker), all that
   * src/engine/ranks/blockLayout.ts knows (block, kpd).
   */
  readonly attributes?: Attributes;
  /** Bytes of a stored value: `block` and `kpd` have indices beside them (default: float32's). */
  readonly valueBytes?: number;
  readonly cp?: Omit<CpOptions, 'seed'>;
  readonly tucker?: TuckerOptions;
  readonly tt?: TensorTrainOptions;
}

/**
 * Factorises `tensor` by `method`, for all ranks. CP, Tucker and Tensor Train of a matrix are its
 * truncated SVD, which is optimal: the ranks then have the method's own form (R, [R, R] or
 * [1, R, 1]), and the decompositions are of method `svd`.
 * @throws UsageError below two axes, UnsupportedError for values that are not finite.
 */
export async function factorise(
  method: Method,
  tensor: DenseTensor,
  options: FactoriseOptions,
  job: Job = unattended,
): Promise<Factorisation> {
  assertMatrixOrMore(method, tensor.shape);
  if (tensor.data.length !== elementCount(tensor.shape)) {
    throw new Failure(
      'internal',
      `${tensor.data.length} elements do not fill a tensor of shape ${formatShape(tensor.shape)}.`,
    );
  }
  const { seed, attributes, valueBytes } = options;
  switch (method) {
    case 'svd':
      return factoriseSvd(tensor, { seed, attributes }, job);
    case 'kronecker':
      return factoriseKronecker(tensor, { seed, attributes }, job);
    case 'block':
      return factoriseBlockSparse(tensor, { attributes, valueBytes }, job);
    case 'kpd':
      return factoriseBlockKronecker(tensor, { seed, attributes, valueBytes }, job);
    default:
      if (isSvdOf(method, tensor.shape)) {
        return asMethod(method, await factoriseSvd(tensor, { seed }, job));
      }
  }
  switch (method) {
    case 'cp':
      return factoriseCp(tensor, { ...options.cp, seed }, job);
    case 'tucker':
      return factoriseTucker(tensor, options.tucker, job);
    case 'tt':
      return factoriseTensorTrain(tensor, options.tt, job);
  }
}

/**
 * Rebuilds a decomposition from what a pressed file keeps of it; `method` is that of the
 * decomposition. @throws FormatError when the factors do not fit, UsageError when the rank or the
 * attributes do not.
 */
export function restore(method: Method, stored: StoredDecomposition): Decomposition {
  return restorers[method](stored);
}

/**
 * The rank at which `factorisation` keeps about the fraction `kept` of the parameters, with the
 * attributes to store beside it where the method chose among several.
 */
export async function selectForKept(
  factorisation: Factorisation,
  kept: number,
  job: Job = unattended,
): Promise<RankSelection> {
  if (factorisation.selectForKept) {
    return factorisation.selectForKept(kept, job);
  }
  return { rank: rankForKept(factorisation.method, factorisation.shape, kept) };
}

const restorers: Readonly<Record<Method, (stored: StoredDecomposition) => Decomposition>> = {
  svd: restoreSvd,
  cp: restoreCp,
  tucker: restoreTucker,
  tt: restoreTensorTrain,
  kronecker: restoreKronecker,
  block: restoreBlockSparse,
  kpd: restoreBlockKronecker,
};

/** The SVD of a matrix under another method's name, taking ranks in that method's form. */
function asMethod(method: Method, factorisation: Factorisation): Factorisation {
  const { shape } = factorisation;
  return {
    method,
    shape,
    at: async (rank, job) => factorisation.at(asNumber(method, shape, rank), job),
    errorAt: async (rank, job) => factorisation.errorAt(asNumber(method, shape, rank), job),
    async selectForError(absoluteError, job) {
      const found = await factorisation.selectForError?.(absoluteError, job);
      return found && { rank: matrixRank(method, asNumber(method, shape, found.rank)) };
    },
  };
}

/** Width of the interval of kept fractions at which the search for an error stops. */
const keptTolerance = 1e-4;

/**
 * The rank with the fewest parameters whose residual is at most `error` times `norm`, the tensor's
 * own, as far as the method can tell; undefined when that takes more parameters than the tensor
 * has elements. The fewest of all for svd and kronecker (over their schemes or blocks) and for HOSVD
 * of two free modes; for block the fewest bytes over its sizes of blocks, for kpd those of its fit
 * before blocks are exchanged; for tt never more than the rule of TT-SVD takes; for cp, of which only a fit
 * tells the error, by doubling and bisection of the rank. HOOI bisects the kept fraction.
 * @throws UsageError for a negative error.
 */
export async function selectForError(
  factorisation: Factorisation,
  norm: number,
  error: number,
  job: Job = unattended,
): Promise<RankSelection | undefined> {
  if (!(error >= 0)) {
    throw new UsageError(`A relative error is at least 0, not ${error}.`, { value: error });
  }
  return factorisation.selectForError
    ? factorisation.selectForError(error * norm, job)
    : bisectKept(factorisation, error * norm, job);
}

/**
 * {@link selectForError} for the rank that keeps at least the share `energy` of the squared norm:
 * a relative error of sqrt(1 - energy). For a matrix that is the share of the squared singular
 * values. @throws UsageError unless 0 <= energy <= 1.
 */
export async function selectForEnergy(
  factorisation: Factorisation,
  norm: number,
  energy: number,
  job: Job = unattended,
): Promise<RankSelection | undefined> {
  return selectForError(factorisation, norm, errorForEnergy(energy), job);
}

/**
 * The smallest selection (by {@link selectForKept}) whose residual is at most `absoluteError`, by
 * bisection on the kept fraction.
 */
async function bisectKept(
  factorisation: Factorisation,
  absoluteError: number,
  job: Job,
): Promise<RankSelection | undefined> {
  const reaches = async ({ rank, attributes }: RankSelection): Promise<boolean> => {
    const residual =
      (await factorisation.errorAt(rank, job, attributes)) ?? Number.POSITIVE_INFINITY;
    return residual <= absoluteError;
  };
  let best = await selectForKept(factorisation, 1, job);
  if (!(await reaches(best))) {
    return undefined;
  }
  let low = 0;
  let high = 1;
  while (high - low > keptTolerance) {
    job.throwIfCancelled();
    const middle = (low + high) / 2;
    const selection = await selectForKept(factorisation, middle, job);
    if (await reaches(selection)) {
      best = selection;
      high = middle;
    } else {
      low = middle;
    }
  }
  return best;
}
