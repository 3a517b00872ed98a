import { fitAccams } from '../../../../../src/engine/sparse/accams';
import { fitBaccams } from '../../../../../src/engine/sparse/baccams';
import { fitCmd } from '../../../../../src/engine/sparse/cmd';
import { fitCp } from '../../../../../src/engine/sparse/cp';
import { fitCur } from '../../../../../src/engine/sparse/cur';
import { fitKronFit } from '../../../../../src/engine/sparse/kronFit';
import { fitNeuKron } from '../../../../../src/engine/sparse/neukron';
import type { SparseModel } from '../../../../../src/engine/sparse/sparseModel';
import { sparseTensor, type SparseTensor } from '../../../../../src/engine/sparse/sparseTensor';
import {
  openStoredFile,
  storedBytes,
  type StoredSparse,
} from '../../../../../src/engine/sparse/stored';
import { fitTsvd } from '../../../../../src/engine/sparse/tsvd';
import { fitTucker } from '../../../../../src/engine/sparse/tucker';
import { unattended } from '../../../../../src/engine/job';
import { openMemoryFile } from '../../../../../src/io/memoryFile';
import { randomSparse } from '../../../../support/sparse';

/** A matrix with empty rows and columns inside and at the end. */
export const gappyMatrix = spread(randomSparse([13, 17], 60, 3), [30, 41]);

/** Three modes, the second with gaps. */
export const gappyTensor = spread(randomSparse([6, 5, 7], 50, 5), [6, 11, 7]);

/** Index i of a mode that becomes longer moves to 2 i + 1. */
function spread(X: SparseTensor, dims: readonly number[]): SparseTensor {
  return sparseTensor(
    dims,
    X.indices.map((keys, mode) => keys.map((i) => (dims[mode] > X.dims[mode] ? 2 * i + 1 : i))),
    X.values,
  );
}

export interface Case {
  readonly name: string;
  readonly X: SparseTensor;
  /** Whether the file's numbers are the model's own, not rounded to 4 bytes. */
  readonly isExact: boolean;
  fit(): Promise<SparseModel>;
}

/** Every method whose factors are stored, wide and tall, with and without gaps. */
export const factorCases: readonly Case[] = [
  factors('tsvd, wide', gappyMatrix, (X) => fitTsvd(X, { rank: 4 })),
  factors('tsvd, tall', randomSparse([23, 9], 60, 8), (X) => fitTsvd(X, { rank: 5 })),
  factors('cur', gappyMatrix, (X) => fitCur(X, { columns: 14, rows: 12, rank: 6, seed: 2 })),
  factors('cmd', gappyMatrix, (X) => fitCmd(X, { columns: 14, rows: 12, seed: 2 })),
  factors('accams', gappyMatrix, (X) => fitAccams(X, { stencils: 3, clusters: 4 }), false),
  factors(
    'baccams',
    gappyMatrix,
    (X) => fitBaccams(X, { stencils: 2, clusters: 4, burnIn: 3, samples: 2 }),
    false,
  ),
  factors('cp, matrix', gappyMatrix, (X) => fitCp(X, { rank: 3 })),
  factors('cp, three modes', gappyTensor, (X) => fitCp(X, { rank: 4 })),
  factors('tucker, matrix', gappyMatrix, (X) => fitTucker(X, { ranks: [3, 4] })),
  factors('tucker, three modes', gappyTensor, (X) => fitTucker(X, { ranks: [2, 3, 4] })),
  factors('kronfit, power 2', gappyMatrix, (X) =>
    fitKronFit(X, { power: 2, epochs: 6, learningRate: 0.01, gamma: Infinity }),
  ),
  factors('kronfit, power 3', gappyMatrix, (X) =>
    fitKronFit(X, { power: 3, epochs: 6, learningRate: 0.01 }),
  ),
];

function factors(
  name: string,
  X: SparseTensor,
  fit: (X: SparseTensor) => Promise<SparseModel>,
  isExact = true,
): Case {
  return { name, X, isExact, fit: () => fit(X) };
}

export function neukron(X: SparseTensor, options: object = {}): ReturnType<typeof fitNeuKron> {
  return fitNeuKron(X, { hidden: 5, epochs: 6, seed: 4, ...options });
}

/** A model written to a file and opened again. */
export async function reopened(
  model: SparseModel,
  X: SparseTensor,
  {
    withOrders = true,
    type = 'float32',
  }: { readonly withOrders?: boolean; readonly type?: 'float32' | 'float16' } = {},
): Promise<{ readonly stored: StoredSparse; readonly bytes: Uint8Array }> {
  const bytes = await storedBytes(model, X, { withOrders, type });
  return { stored: await opened(bytes), bytes };
}

export function opened(bytes: Uint8Array): Promise<StoredSparse> {
  return openStoredFile(openMemoryFile(bytes, 'model.safetensors'));
}

/** Every index of a tensor, row-major. */
export function allIndices(dims: readonly number[]): number[][] {
  return dims.reduce<number[][]>(
    (list, size) => list.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

/** All elements, row-major, from the pieces; fails when one comes twice or never. */
export function fromPieces(stored: StoredSparse): Float64Array {
  const all = new Float64Array(stored.dims.reduce((product, size) => product * size, 1)).fill(NaN);
  stored.forEachPiece(({ indices, values }) => {
    values.forEach((value, i) => {
      const at = stored.dims.reduce((sum, size, mode) => sum * size + indices[mode][i], 0);
      if (!Number.isNaN(all[at])) {
        throw new Error(`element ${at} came twice`);
      }
      all[at] = value;
    });
  }, unattended);
  return all;
}

/** ||a - b|| / ||b||, or ||a|| where b is 0. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(norm > 0 ? difference / norm : difference);
}
