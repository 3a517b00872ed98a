import { UnsupportedError, UsageError } from '../../failures';
import { part, unattended, type Job } from '../job';
import type { Matrix } from '../linalg/matrix';
import { largestMagnitude } from '../linalg/vectors';
import { parameterCount, rankForKept, searchRankForError } from '../ranks';
import { elementCount, formatShape, type DenseTensor } from '../tensor/tensor';
import type {
  Attributes,
  Decomposition,
  Factorisation,
  Method,
  RankSelection,
} from './decomposition';
import { requireRank } from './storedFactors';
import { truncateMatrix, type MatrixSource, type TruncatedMatrix } from './truncation';

/** One of several ways to read the same tensor as a matrix. */
export interface Variant {
  /** What identifies it in a plan and in a pressed file. */
  readonly attributes: Attributes;
  readonly source: MatrixSource;
}

interface Candidate {
  readonly variant: Variant;
  readonly truncated: TruncatedMatrix;
}

/**
 * A factorisation that truncates the SVD of one of several matrices with the tensor's elements,
 * each factorised once at most and only when it is looked at. Where the caller names none, the one
 * with the smallest error is taken; of equals, the one with fewer parameters, then the first.
 */
export function factoriseVariants(
  method: Method,
  tensor: DenseTensor,
  variants: readonly Variant[],
  assemble: (L: Matrix, R: Matrix, attributes: Attributes) => Decomposition,
  options: { readonly seed: number; readonly attributes?: Attributes },
): Factorisation {
  const shape = [...tensor.shape];
  if (!Number.isFinite(largestMagnitude(tensor.data))) {
    throw new UnsupportedError('The tensor holds NaN or infinity; it cannot be decomposed.');
  }
  const candidates = variants.map((variant) => ({
    variant,
    truncated: truncateMatrix(variant.source, options.seed),
  }));

  async function select(
    ranks: readonly { readonly candidate: Candidate; readonly rank: number }[],
    job: Job,
  ): Promise<{ candidate: Candidate; rank: number }> {
    if (ranks.length === 1) {
      return ranks[0];
    }
    let best: { candidate: Candidate; rank: number; error: number; parameters: number } | undefined;
    for (const [i, { candidate, rank }] of ranks.entries()) {
      const step = part(job, i / ranks.length, (i + 1) / ranks.length);
      const error = await candidate.truncated.errorAt(rank, step);
      const parameters = parametersOf(candidate, rank);
      const better =
        !best || error < best.error || (error === best.error && parameters < best.parameters);
      if (better) {
        best = { candidate, rank, error, parameters };
      }
      step.report(1);
    }
    if (!best) {
      throw new UsageError(`${method} does not fit a tensor of shape ${formatShape(shape)}.`);
    }
    return best;
  }

  function parametersOf(candidate: Candidate, rank: number): number {
    return parameterCount(method, shape, rank, candidate.variant.attributes);
  }

  /** The one named, or of all the one with the smallest error at `rank`. */
  async function candidateFor(
    rank: number,
    attributes: Attributes | undefined,
    job: Job,
  ): Promise<Candidate> {
    const wanted = attributes ?? options.attributes;
    const matching = candidates.filter(({ variant }) => agrees(variant.attributes, wanted));
    if (matching.length === 0) {
      const known = candidates.map(({ variant }) => JSON.stringify(variant.attributes));
      throw new UsageError(
        `${method} on shape ${formatShape(shape)} has no ${JSON.stringify(wanted)}; it can be ${known.join(', ')}.`,
      );
    }
    return (
      await select(
        matching.map((candidate) => ({ candidate, rank })),
        job,
      )
    ).candidate;
  }

  return {
    method,
    shape,

    async at(rank, job = unattended, attributes) {
      const wanted = requireRank(method, rank);
      const { variant, truncated } = await candidateFor(wanted, attributes, job);
      const { L, R } = await truncated.at(wanted, job);
      return assemble(L, R, variant.attributes);
    },

    async errorAt(rank, job = unattended, attributes) {
      const wanted = requireRank(method, rank);
      return (await candidateFor(wanted, attributes, job)).truncated.errorAt(wanted, job);
    },

    async selectForKept(kept, job = unattended) {
      const matching = candidates.filter(({ variant }) =>
        agrees(variant.attributes, options.attributes),
      );
      const budget = kept * elementCount(shape);
      const ranked = matching.map((candidate) => {
        const { attributes } = candidate.variant;
        const rounded = requireRank(method, rankForKept(method, shape, kept, { attributes }));
        // Variants are compared at equal or fewer parameters, so none may round past the budget;
        // a variant that is left out for half a rank would make the error rise with what is kept.
        const isOver = rounded > 1 && parametersOf(candidate, rounded) > budget;
        const rank = matching.length > 1 && isOver ? rounded - 1 : rounded;
        return { candidate, rank, parameters: parametersOf(candidate, rank) };
      });
      const fewest = Math.min(...ranked.map(({ parameters }) => parameters));
      const limit = Math.max(budget, fewest);
      const { candidate, rank } = await select(
        ranked.filter(({ parameters }) => parameters <= limit),
        job,
      );
      return { rank, attributes: candidate.variant.attributes };
    },

    async selectForError(absoluteError, job = unattended) {
      const matching = candidates.filter(({ variant }) =>
        agrees(variant.attributes, options.attributes),
      );
      let best: { selection: RankSelection; parameters: number } | undefined;
      for (const [i, candidate] of matching.entries()) {
        const step = part(job, i / matching.length, (i + 1) / matching.length);
        const { attributes, source } = candidate.variant;
        const perRank = parametersOf(candidate, 1);
        // Only what is no larger than the tensor, and smaller than the best so far, is of interest.
        const affordable = best ? best.parameters - 1 : elementCount(shape);
        const limit = Math.min(source.rows, source.columns, Math.floor(affordable / perRank));
        const errorAt = (rank: number) => candidate.truncated.errorAt(rank, step);
        const rank =
          limit < 1 ? undefined : await searchRankForError(errorAt, absoluteError, limit);
        if (rank !== undefined) {
          best = { selection: { rank, attributes }, parameters: rank * perRank };
        }
        step.report(1);
      }
      return best?.selection;
    },
  };
}

/** Whether a variant has everything that is asked for. */
function agrees(attributes: Attributes, wanted: Attributes = {}): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => JSON.stringify(attributes[name]) === JSON.stringify(value),
  );
}
