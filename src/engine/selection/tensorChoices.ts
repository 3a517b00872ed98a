import type { TensorEntry } from '../../formats/format';
import type {
  Attributes,
  Decomposition,
  Factorisation,
  Method,
  Rank,
  RankSelection,
} from '../decompositions/decomposition';
import { factorise, restore, selectForKept } from '../decompositions';
import { residualOf } from '../decompositions/residual';
import { weightErrors } from '../errors';
import { unattended, type Job } from '../job';
import { largestMagnitude } from '../linalg/vectors';
import { breakEvenRank, denseMacs, macs } from '../ranks';
import { asNumber, matrixRank } from '../ranks/rankForm';
import { dtypes, type DType } from '../tensor/dtype';
import type { DenseTensor } from '../tensor/tensor';
import { roundedFactors } from '../press/storedFactors';
import type { Choice } from './choice';
import { formatRank } from './words';

/** A tensor that was read and may be factorised. */
export interface Subject {
  readonly entry: TensorEntry & { readonly dtype: DType };
  readonly tensor: DenseTensor;
  /** ||W|| */
  readonly norm: number;
}

/** What is asked of one method: levels of kept parameters, or one rank. */
export type Levels = { readonly kept: readonly number[] } | { readonly rank: Rank };

/** A decomposition's figures, whatever level led to it. */
type Figures = Omit<Choice, 'tensor' | 'shape' | 'method' | 'kept' | 'elapsedMs'>;

/** On a matrix these are the truncated SVD under other names (and forms of the rank). */
const svdOnMatrices: readonly Method[] = ['svd', 'cp', 'tucker', 'tt'];

export function isSvdOf(method: Method, shape: readonly number[]): boolean {
  return shape.length === 2 && svdOnMatrices.includes(method);
}

/**
 * Computes the choices of one tensor, method by method. What methods and levels have in common is
 * computed once: the factorisation for all levels, the SVD of a matrix for all methods that are
 * that, a rank that several levels lead to.
 */
export class TensorChoices {
  private readonly factorisations = new Map<Method, Promise<Factorisation>>();
  private readonly figures = new Map<string, Promise<Figures>>();

  constructor(
    private readonly subject: Subject,
    private readonly seed: number,
  ) {}

  /**
   * One choice per level. `elapsedMs` is the time a level took beyond what earlier ones had
   * computed already; the factorisation itself falls to the first.
   * @throws UsageError when an explicit rank does not fit the shape.
   */
  async of(method: Method, levels: Levels, job: Job = unattended): Promise<Choice[]> {
    const { entry } = this.subject;
    const asked = 'kept' in levels ? levels.kept : [undefined];
    const choices: Choice[] = [];
    for (const [i, kept] of asked.entries()) {
      const started = performance.now();
      job.throwIfCancelled();
      const levelJob = {
        throwIfCancelled: () => job.throwIfCancelled(),
        report: (fraction: number) => job.report((i + fraction) / asked.length),
      };
      const figures = await this.figuresOf(method, kept ?? rankOf(levels), kept, levelJob);
      choices.push({
        tensor: entry.name,
        shape: entry.shape,
        method,
        ...(kept !== undefined && { kept }),
        ...figures,
        elapsedMs: performance.now() - started,
      });
      job.report((i + 1) / asked.length);
    }
    return choices;
  }

  private async figuresOf(
    method: Method,
    wanted: Rank,
    kept: number | undefined,
    job: Job,
  ): Promise<Figures> {
    const factorisation = await this.factorisationOf(method, job);
    const selection =
      kept === undefined ? { rank: wanted } : await selectForKept(factorisation, kept, job);
    const key = JSON.stringify([method, selection]);
    let figures = this.figures.get(key);
    if (!figures) {
      figures = this.compute(method, factorisation, selection, kept === undefined, job);
      this.figures.set(key, figures);
    }
    return figures;
  }

  private factorisationOf(method: Method, job: Job): Promise<Factorisation> {
    const { entry, tensor } = this.subject;
    const shared = isSvdOf(method, entry.shape) ? 'svd' : method;
    let factorisation = this.factorisations.get(shared);
    if (!factorisation) {
      factorisation = factorise(shared, tensor, { seed: this.seed }, job);
      this.factorisations.set(shared, factorisation);
    }
    return factorisation;
  }

  private async compute(
    method: Method,
    factorisation: Factorisation,
    { rank, attributes }: RankSelection,
    isExplicit: boolean,
    job: Job,
  ): Promise<Figures> {
    const { entry, norm } = this.subject;
    const { shape, parameters: denseParameters, bytes: denseBytes, dtype } = entry;
    const isSvd = isSvdOf(method, shape);
    const own = isSvd ? asNumber(method, shape, rank) : rank;
    const decomposition = await factorisation.at(own, job, attributes);
    const realised =
      isSvd && typeof decomposition.rank === 'number'
        ? matrixRank(method, decomposition.rank)
        : decomposition.rank;
    const chosen = chosenAttributes(decomposition, shape);
    const absolute = await this.errorOf(factorisation, decomposition, chosen, job);
    const parameters = decomposition.parameterCount;
    const bytes = parameters * dtypes[dtype].bytes;
    const cost = {
      parameters,
      denseParameters,
      bytes,
      denseBytes,
      macs: macs(method, shape, realised, decomposition.attributes),
      denseMacs: denseMacs(shape),
    };
    const saves = cost.bytes < denseBytes && cost.macs < cost.denseMacs;
    const asked = isSvd ? matrixRank(method, own as number) : rank;
    const reasons = [
      isExplicit ? clippedRemark(asked, realised) : undefined,
      saves ? undefined : lossReason(method, shape, cost, decomposition.attributes),
      absolute < Infinity ? undefined : `its factors leave the range of ${dtype}`,
    ].filter((reason) => reason !== undefined);
    return {
      rank: realised,
      ...(chosen && { attributes: chosen }),
      ...cost,
      keptActual: parameters / denseParameters,
      error: weightErrors(absolute, norm, denseParameters),
      profitable: saves && absolute < Infinity,
      ...(reasons.length > 0 && { reason: reasons.join('; ') }),
    };
  }

  /**
   * ||W - W~||. In half precision rounding the factors is a good part of the error, so it is that
   * of the stored factors; in f32 and f64 it is far below the digits shown. Infinite when a factor
   * is too large for the type: a core or a scale may be where no single weight is.
   */
  private async errorOf(
    factorisation: Factorisation,
    decomposition: Decomposition,
    attributes: Attributes | undefined,
    job: Job,
  ): Promise<number> {
    const { entry, tensor } = this.subject;
    const factors = roundedFactors(decomposition.factors, entry.dtype, job);
    if (!factors.every(({ data }) => Number.isFinite(largestMagnitude(data)))) {
      return Infinity;
    }
    const isHalf = dtypes[entry.dtype].bytes < 4;
    const known = isHalf
      ? undefined
      : await factorisation.errorAt(decomposition.rank, job, attributes);
    if (known !== undefined) {
      return known;
    }
    const { method, shape, rank } = decomposition;
    const stored = restore(method, {
      shape,
      rank,
      attributes: decomposition.attributes,
      factors,
    });
    return residualOf(stored, tensor, job);
  }
}

/** What a plan must keep beside the rank to lead to the same decomposition again. */
function chosenAttributes(
  { method, attributes }: Decomposition,
  shape: readonly number[],
): Attributes | undefined {
  if (method === 'svd') {
    return shape.length > 2 ? { scheme: attributes.scheme } : undefined;
  }
  return method === 'kronecker' ? { block: attributes.block } : undefined;
}

function rankOf(levels: Levels): Rank {
  return 'rank' in levels ? levels.rank : 1;
}

function clippedRemark(asked: Rank, realised: Rank): string | undefined {
  return formatRank(asked) === formatRank(realised)
    ? undefined
    : `rank ${formatRank(asked)} was cut down to ${formatRank(realised)}, which the tensor allows`;
}

/** Why a choice does not pay, with the rank up to which the method would. */
function lossReason(
  method: Method,
  shape: readonly number[],
  cost: Pick<Choice, 'parameters' | 'denseParameters' | 'macs' | 'denseMacs'>,
  attributes: Attributes,
): string {
  const count = (value: number) => value.toLocaleString('en-US');
  if (cost.parameters < cost.denseParameters) {
    return `${count(cost.macs)} multiply-adds are not fewer than the dense ${count(cost.denseMacs)}`;
  }
  const breakEven = breakEvenRank(method, shape, { attributes });
  const limit =
    breakEven === undefined
      ? 'no rank is smaller'
      : `it is smaller up to rank ${formatRank(breakEven)}`;
  return `${count(cost.parameters)} parameters are not fewer than the dense ${count(cost.denseParameters)}; ${limit}`;
}
