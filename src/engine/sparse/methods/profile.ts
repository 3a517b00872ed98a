import { occupied } from '../occupied';
import { squaredNorm, type SparseTensor } from '../sparseTensor';

/** What suggestions need to know of a tensor beyond its sizes. */
export interface Profile {
  /** Indices of each mode that have a nonzero. */
  readonly occupied: readonly number[];
  /** Nonzeros that an index of each mode has if drawn by its share of the squared norm: sum of p_i n_i. */
  readonly drawn: readonly number[];
  /** Of the nonzeros. */
  readonly meanSquare: number;
  readonly isSigned: boolean;
}

/** Several methods ask for the same tensor, which is not kept for it. */
const known = new WeakMap<SparseTensor, Profile>();

export function profileOf(X: SparseTensor): Profile {
  const found = known.get(X) ?? measured(X);
  known.set(X, found);
  return found;
}

function measured(X: SparseTensor): Profile {
  const { tensor } = occupied(X);
  const norm = squaredNorm(X);
  const drawn = tensor.indices.map((keys, mode) => {
    const entries = new Float64Array(tensor.dims[mode]);
    const squares = new Float64Array(tensor.dims[mode]);
    for (let e = 0; e < keys.length; e++) {
      entries[keys[e]]++;
      squares[keys[e]] += X.values[e] * X.values[e];
    }
    let sum = 0;
    for (let i = 0; i < entries.length; i++) {
      sum += (squares[i] / norm) * entries[i];
    }
    return sum;
  });
  return {
    occupied: tensor.dims,
    drawn,
    meanSquare: norm / X.values.length,
    isSigned: X.values.some((value) => value < 0),
  };
}
