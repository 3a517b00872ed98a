import type { SparsePoint } from '../../../protocol/sparse';
import { levels, rawBytes } from '../sizes';
import type { SparseModel } from '../sparseModel';
import { squaredNorm, type SparseTensor } from '../sparseTensor';

type Details = SparseModel['details'];

/** Settings that a fit had to clip: its name of what was wanted, and of what was used. */
const clipped = [
  ['wantedRank', 'rank', 'rank'],
  ['wantedRanks', 'ranks', 'ranks'],
  ['wantedRows', 'rows', 'rows'],
  ['wantedColumns', 'columns', 'columns'],
  ['wantedClusters', 'clusters', 'clusters'],
  ['wantedPower', 'power', 'power'],
] as const;

/** What a reader of a model's figures must know, in sentences. */
export function modelNotes(X: SparseTensor, model: SparseModel): string[] {
  const { details, method, squaredError, bytes } = model;
  const norm = squaredNorm(X);
  const notes: string[] = clipped.flatMap(([wanted, used, what]) =>
    details[wanted] === undefined
      ? []
      : [
          `Asked for: ${what} ${textOf(details[wanted])}; possible, and taken: ${textOf(details[used])}.`,
        ],
  );
  if (details.converged === false) {
    notes.push('It ended before it stood still; more iterations would lower the error.');
  }
  if (squaredError > norm) {
    notes.push('It is worse than storing nothing: its error exceeds the norm of the tensor.');
  } else if (details.allZero === true) {
    notes.push('It is no better than storing nothing: all of it is 0.');
  }
  if (method === 'neukron') {
    notes.push(...gridNotes(X, details));
  }
  if (bytes >= rawBytes(X)) {
    notes.push('It takes no fewer bytes than the coordinates themselves.');
  }
  return notes;
}

function gridNotes({ dims }: SparseTensor, details: Details): string[] {
  if (details.isUpperBound === true) {
    return ['Its error is an upper bound: the difference of two networks is too large to add up.'];
  }
  const isPadded = dims.some((size) => size !== 2 ** levels(size));
  if (!isPadded || details.signed === 'two-models') {
    return [];
  }
  const real = details.realSquaredError;
  return [
    typeof real === 'number'
      ? `Its error counts the grid padded to powers of two; the squared error of the tensor alone is ${real.toPrecision(6)}.`
      : 'Its error counts the grid padded to powers of two; that of the tensor alone is not larger.',
  ];
}

function textOf(value: Details[string]): string {
  return Array.isArray(value) ? value.join(' x ') : String(value);
}

/** Details that survive JSON, which has no infinity. */
export function plainDetails(details: Details): SparsePoint['details'] {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name, value === Infinity ? 'infinity' : value]),
  );
}
