import { createMatrix, type Matrix } from '../../linalg/matrix';
import type { TsvdModel } from '../tsvd';
import type { Approximation } from './approximation';
import { placeFactors, readPlaces, type Factor, type FactorReader } from './factorFile';
import { productSum } from './productSum';

/** U, s and V with columns of length 1. */
export function tsvdFactors({ left, right, places }: TsvdModel): Factor[] {
  const [lengths, others] = [columnLengths(left), columnLengths(right)];
  return [
    { name: 'u', shape: [left.rows, left.columns], data: scaled(left, lengths.map(inverse)) },
    { name: 's', shape: [lengths.length], data: lengths.map((length, r) => length * others[r]) },
    { name: 'v', shape: [right.rows, right.columns], data: scaled(right, others.map(inverse)) },
    ...placeFactors(places),
  ];
}

export async function readTsvd(
  reader: FactorReader,
  { dims }: { readonly dims: readonly number[] },
): Promise<Approximation> {
  const { places, sizes } = await readPlaces(reader, dims);
  const [rank] = reader.shape('s', 1);
  const s = await reader.numbers('s', [rank]);
  const U = await reader.matrix('u', sizes[0], rank);
  const V = await reader.matrix('v', sizes[1], rank);
  const left = createMatrix(U.rows, rank, scaled(U, s));
  return productSum(places, [left, V], rank * (dims[0] + dims[1] + 1));
}

function columnLengths({ rows, columns, data }: Matrix): Float64Array {
  const squares = new Float64Array(columns);
  for (let at = 0; at < rows * columns; at++) {
    squares[at % columns] += data[at] ** 2;
  }
  return squares.map(Math.sqrt);
}

function inverse(length: number): number {
  return length > 0 ? 1 / length : 0;
}

/** Columns times `factors`. */
function scaled({ columns, data }: Matrix, factors: Float64Array): Float64Array {
  return data.map((value, at) => value * factors[at % columns]);
}
