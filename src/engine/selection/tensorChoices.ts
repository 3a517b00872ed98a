import type { TensorEntry } from '../../formats/format';
import type {
  Attributes,
  Decomposition,
  Factorisation,
  Method,
  RankSelection,
} from '../decompositions/decomposition';
import { factorise, restore, selectForError, selectForKept } from '../decompositions';
import { residualOf } from '../decompositions/residual';
import { countBytes } from '../decompositions/storedFactors';
import { weightErrors } from '../errors';
import { unattended, type Job } from '../job';
import { largestMagnitude } from '../linalg/vectors';
import { denseMacs, macs } from '../ranks';
import { asNumber, isSvdOf, matrixRank } from '../ranks/rankForm';
import { dtypes, type DType } from '../tensor/dtype';
import type { DenseTensor } from '../tensor/tensor';
import { roundedFactors } from '../press/storedFactors';
import type { Choice } from './choice';
import {
  askedFields,
  errorOf,
  isTarget,
  levelsOf,
  unreachedReason,
  type AskedField,
  type Level,
  type Levels,
  type TargetLevel,
} from './levels';
import { clippedRemark, lossReason } from './remarks';

/** A tensor that was read and may be factorised. */
export interface Subject {
  readonly entry: TensorEntry & { readonly dtype: DType };
  readonly tensor: DenseTensor;
  /** ||W|| */
  readonly norm: number;
}

/** A decomposition's figures, whatever level led to it. */
type Figures = Omit<Choice, 'tensor' | 'shape' | 'method' | AskedField | 'elapsedMs'>;

/** Errors of one computation agree to the last digits; the factors' own rounding is far above. */
const errorTolerance = 1e-12;
/** Ranks tried until rounding and truncation together are within an error; two mostly suffice. */
const roundingAttempts = 6;
/** The rounding measured at one rank is this much larger, at most, at the next one tried. */
const roundingMargin = 1.05;
/** The bound falls at least by this factor, so that another rank is met in the end. */
const roundingShrink = 0.999;

/** What one method came to on one tensor. */
export interface TensorOutcome {
  readonly choices: readonly Choice[];
  /** Why there is no choice at some levels, in words that follow "stays dense: ". */
  readonly misfit?: string;
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
   * One choice per level, and why there is none at some: an error may be out of reach. `elapsedMs`
   * is the time a level took beyond what earlier ones had computed already; the factorisation
   * itself falls to the first.
   * @throws UsageError when an explicit rank does not fit the shape.
   */
  async of(method: Method, levels: Levels, job: Job = unattended): Promise<TensorOutcome> {
    const { entry } = this.subject;
    const asked = levelsOf(levels);
    const choices: Choice[] = [];
    const unreached: TargetLevel[] = [];
    for (const [i, level] of asked.entries()) {
      const started = performance.now();
      job.throwIfCancelled();
      const levelJob = {
        throwIfCancelled: () => job.throwIfCancelled(),
        report: (fraction: number) => job.report((i + fraction) / asked.length),
      };
      const figures = isTarget(level)
        ? await this.figuresWithin(method, errorOf(level), levelJob)
        : await this.figuresOf(method, level, levelJob);
      if (figures) {
        choices.push({
          tensor: entry.name,
          shape: entry.shape,
          method,
          ...askedFields(level),
          ...figures,
          elapsedMs: performance.now() - started,
        });
      } else if (isTarget(level)) {
        unreached.push(level);
      }
      job.report((i + 1) / asked.length);
    }
    return unreached.length === 0
      ? { choices }
      : { choices, misfit: unreachedReason(unreached, entry.dtype) };
  }

  private async figuresOf(
    method: Method,
    level: Exclude<Level, TargetLevel>,
    job: Job,
  ): Promise<Figures> {
    const factorisation = await this.factorisationOf(method, job);
    const isExplicit = 'rank' in level;
    const selection = isExplicit ? level : await selectForKept(factorisation, level.kept, job);
    return this.figuresAt(method, factorisation, selection, isExplicit, job);
  }

  /**
   * The smallest choice whose error, as it is shown, is at most `error`; undefined when none that is
   * no larger than the tensor is. In half precision the error includes the rounding of the factors,
   * which is nearly orthogonal to what truncation discards: the bound on the latter is lowered by it
   * until both together are within.
   */
  private async figuresWithin(
    method: Method,
    error: number,
    job: Job,
  ): Promise<Figures | undefined> {
    const { norm } = this.subject;
    const factorisation = await this.factorisationOf(method, job);
    let allowed = error;
    for (let attempt = 0; attempt < roundingAttempts; attempt++) {
      const selection = await selectForError(factorisation, norm, allowed, job);
      if (!selection) {
        return undefined;
      }
      const figures = await this.figuresAt(method, factorisation, selection, false, job);
      const { relative } = figures.error;
      if (relative <= error + errorTolerance || relative === Infinity) {
        return figures;
      }
      const { rank, attributes } = selection;
      const truncation = (await factorisation.errorAt(rank, job, attributes)) ?? 0;
      const squaredRounding = Math.max(0, relative ** 2 - (truncation / norm) ** 2);
      const squaredRest = error ** 2 - roundingMargin * squaredRounding;
      if (squaredRest <= 0) {
        return undefined;
      }
      allowed = Math.min(Math.sqrt(squaredRest), roundingShrink * allowed);
    }
    return undefined;
  }

  private figuresAt(
    method: Method,
    factorisation: Factorisation,
    selection: RankSelection,
    isExplicit: boolean,
    job: Job,
  ): Promise<Figures> {
    const key = JSON.stringify([method, selection, isExplicit]);
    let figures = this.figures.get(key);
    if (!figures) {
      figures = this.compute(method, factorisation, selection, isExplicit, job);
      this.figures.set(key, figures);
    }
    return figures;
  }

  private factorisationOf(method: Method, job: Job): Promise<Factorisation> {
    const { entry, tensor } = this.subject;
    const shared = isSvdOf(method, entry.shape) ? 'svd' : method;
    let factorisation = this.factorisations.get(shared);
    if (!factorisation) {
      const valueBytes = dtypes[entry.dtype].bytes;
      factorisation = factorise(shared, tensor, { seed: this.seed, valueBytes }, job);
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
    const bytes = countBytes(decomposition.factors, dtype);
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
      saves ? undefined : lossReason(method, shape, cost, decomposition.attributes, dtype),
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
  switch (method) {
    case 'kronecker':
      return { block: attributes.block };
    case 'block':
    case 'kpd':
      return attributes;
    default:
      return undefined;
  }
}
