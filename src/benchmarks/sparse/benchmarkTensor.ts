import { basename } from 'node:path';
import { UsageError } from '../../failures';
import { part, type Job } from '../../engine/job';
import { readTensor } from '../../engine/sparse/readTensor';
import type { SparseTensor } from '../../engine/sparse/sparseTensor';
import type { BenchmarkData, BenchmarkDataInfo } from '../../protocol/benchmarks';
import type { BenchmarkContext } from '../benchmark';
import { email, exampleTensor, isSizeOf } from './published';
import { syntheticTensor, type SyntheticShape } from './syntheticTensor';

const extensions = ['mtx', 'tns', 'npz', 'txt', 'gz'];

/** For benchmarks with published figures on email. */
export const emailData: BenchmarkDataInfo = {
  synthetic: 'Synthetic matrix like email, 1,005 × 25,919 with 92,159 ones',
  title: 'Sparse matrix',
  description:
    'The published figures are those of email, 1,005 addresses × 25,919 e-mails. It is made from email-Eu (www.cs.cornell.edu/~arb/data/email-Eu): a row for each address, a column for each different list of addresses, a one where an address is on a list, written as a Matrix Market file.',
  extensions,
};

/** For benchmarks of tensors of three modes. */
export const exampleData: BenchmarkDataInfo = {
  synthetic: 'Synthetic tensor like the example, 100 × 150 × 200 with 45,740 nonzeros',
  title: 'Sparse tensor',
  description:
    'The example of the reference implementation is data/example_tensor.txt of github.com/kbrother/NeuKron, 100 × 150 × 200 with 45,740 nonzeros.',
  extensions,
};

/** What a benchmark runs on. */
export interface BenchmarkTensor {
  readonly X: SparseTensor;
  readonly data: BenchmarkData;
  /** Sentences: which data these are, and what that means for published figures. */
  readonly notes: readonly string[];
}

/** What the benchmark makes of a tensor that is not for it: a sentence, or undefined. */
type Refusal = (X: SparseTensor) => string | undefined;

/** The matrix of the file asked for, or one as `shape` says, at most 2 % of the job's progress. */
export function emailMatrix(
  context: BenchmarkContext,
  shape: SyntheticShape,
): Promise<BenchmarkTensor> {
  return benchmarkTensor(context, shape, notesOnEmail, refuseNoMatrix);
}

/** As {@link emailMatrix}, for a tensor of any number of modes. */
export function anyTensor(
  context: BenchmarkContext,
  shape: SyntheticShape,
): Promise<BenchmarkTensor> {
  return benchmarkTensor(context, shape, notesOnEmail, () => undefined);
}

/** As {@link emailMatrix}, for a tensor like the example of the reference implementation. */
export function exampleLikeTensor(
  context: BenchmarkContext,
  shape: SyntheticShape,
): Promise<BenchmarkTensor> {
  return benchmarkTensor(context, shape, notesOnExample, refuseMatrix);
}

async function benchmarkTensor(
  { job, seed, data: path }: BenchmarkContext,
  shape: SyntheticShape,
  notesOn: (data: BenchmarkData) => string,
  refuse: Refusal,
): Promise<BenchmarkTensor> {
  const reading = part(job, 0, 0.02);
  if (path === undefined) {
    reading.report(0, 'generating data');
    const X = syntheticTensor(shape, seed, job);
    return describe(X, undefined, notesOn);
  }
  const name = basename(path);
  const quiet: Job = { ...job, report: (share) => reading.report(share, `reading ${name}`) };
  const X = await readTensor(path, quiet);
  const refusal = X.values.length === 0 ? 'has no nonzeros' : (refuseNegative(X) ?? refuse(X));
  if (refusal !== undefined) {
    throw new UsageError(`"${name}" ${refusal}; choose another file, or run on synthetic data.`, {
      file: name,
    });
  }
  return describe(X, name, notesOn);
}

function refuseNegative({ values }: SparseTensor): string | undefined {
  const negative = values.find((value) => value < 0);
  return negative === undefined
    ? undefined
    : `holds ${negative}, and the benchmarks of NeuKron take positive values only`;
}

function refuseNoMatrix({ dims }: SparseTensor): string | undefined {
  return dims.length === 2
    ? undefined
    : `is a tensor of ${dims.join(' × ')}, and this benchmark takes matrices`;
}

function refuseMatrix({ dims }: SparseTensor): string | undefined {
  return dims.length > 2
    ? undefined
    : 'is a matrix, and this benchmark takes tensors of three or more modes';
}

function describe(
  X: SparseTensor,
  file: string | undefined,
  notesOn: (data: BenchmarkData) => string,
): BenchmarkTensor {
  const data: BenchmarkData = {
    ...(file !== undefined && { file }),
    dims: X.dims,
    nonzeros: X.values.length,
  };
  const size = `${X.dims.map((one) => one.toLocaleString('en-US')).join(' × ')} with ${data.nonzeros.toLocaleString('en-US')} nonzeros`;
  const what =
    file === undefined
      ? `The data are synthetic: ${size}, with heavy-tailed degrees and a block structure hidden by random orders; the seed determines them.`
      : `The data are those of ${file}: ${size}.`;
  return { X, data, notes: [what, notesOn(data)] };
}

function notesOnEmail(data: BenchmarkData): string {
  if (data.file === undefined) {
    return 'Published figures are those of the real data email. Times compare with these data, errors do not: how far a matrix can be compressed is a matter of its own structure.';
  }
  return isSizeOf(email, data)
    ? 'The file has the size and the number of nonzeros of email, on which the published figures were measured.'
    : 'Published figures are those of email, 1,005 × 25,919 with 92,159 ones, and not of this file.';
}

function notesOnExample(data: BenchmarkData): string {
  if (data.file === undefined) {
    return 'Published figures are those of the example tensor itself. Parameters and times compare with these data, errors do not.';
  }
  return isSizeOf(exampleTensor, data)
    ? 'The file has the size and the number of nonzeros of the example tensor, on which the published figures were measured.'
    : 'Published figures are those of the example tensor, 100 × 150 × 200 with 45,740 nonzeros, and not of this file.';
}
