import { unattended, type Job } from '../../engine/job';
import type { SparseTensor } from '../../engine/sparse/sparseTensor';
import { formatShape } from '../../engine/tensor/tensor';
import { UsageError } from '../../failures';
import type { ByteSink } from '../format';
import { assembleFile } from './assembleFile';
import { EntryScanner } from './entryScanner';
import { banner, readMatrixMarketHeader } from './matrixMarketHeader';
import type { SparseFile, SparseFormat } from './sparseFormat';
import type { SparseSource } from './sparseSource';
import { mirrored } from './symmetry';
import { latin1, TextLines } from './textLines';
import { writeEntries } from './writeEntries';

/** NIST's text format, of a matrix as coordinates (Boisvert, Pozo, Remington 1996). */
export const matrixMarketFormat: SparseFormat = {
  id: 'mtx',
  label: 'MatrixMarket',
  extensions: ['.mtx'],
  matches: ({ head }) =>
    latin1(head.subarray(0, banner.length)).toLowerCase() === banner.toLowerCase(),
  read: readMatrixMarket,
  write: writeMatrixMarket,
};

async function readMatrixMarket(source: SparseSource, job: Job): Promise<SparseFile> {
  const { name: file, size } = source.file;
  const lines = new TextLines(source.chunks(job), file);
  try {
    const { field, symmetry, dims, stated } = await readMatrixMarketHeader(lines, file);
    const hasValues = field !== 'pattern';
    const scanner = new EntryScanner(
      { file, order: 2, base: 1, sizes: dims, hasValues, comment: '%', commas: false, stated },
      lines.linesRead,
    );
    for await (const block of lines.rest()) {
      job.throwIfCancelled();
      scanner.scan(block);
    }
    const { indices, values } = scanner.finish();
    const read = assembleFile(file, dims, indices, values, job);
    const notes = hasValues ? [] : ['A pattern without values: every entry is 1.'];
    const rest = { format: 'mtx', name: file, size, stored: stated, ...read };
    return symmetry === 'general'
      ? { ...rest, notes }
      : {
          ...rest,
          tensor: mirrored(read.tensor, symmetry, file, job),
          notes: [...notes, `The file stores one triangle (${symmetry}); the other was filled in.`],
        };
  } finally {
    await lines.close();
  }
}

/** A real, general matrix as coordinates, row by row; values in as many digits as it takes. */
async function writeMatrixMarket(
  sink: ByteSink,
  tensor: SparseTensor,
  job: Job = unattended,
): Promise<void> {
  if (tensor.dims.length !== 2) {
    throw new UsageError(
      `A .mtx file holds a matrix, not a tensor of ${formatShape(tensor.dims)}; write a .tns file.`,
      { value: tensor.dims.length, limit: 2 },
    );
  }
  const head = `${banner} matrix coordinate real general\n${tensor.dims.join(' ')} ${tensor.values.length}\n`;
  await writeEntries(sink, head, tensor, job);
}
