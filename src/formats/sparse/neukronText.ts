import type { Job } from '../../engine/job';
import { FormatError } from '../../failures';
import { assembleFile, requireFileSizes } from './assembleFile';
import { EntryScanner } from './entryScanner';
import type { SparseFile, SparseFormat } from './sparseFormat';
import type { SparseSource } from './sparseSource';
import { latin1, quoted, TextLines } from './textLines';

/**
 * The text formats of NeuKron's reference code: fields separated by commas, counted from 0. A matrix
 * begins with `N, M`, a tensor of order d with `d, N_1, ..., N_d`; then a line `i_1, ..., i_d, value`
 * per nonzero.
 */
export const neukronFormat: SparseFormat = {
  id: 'neukron',
  label: 'NeuKron text',
  extensions: ['.txt', '.csv'],
  matches: ({ head }) => {
    const text = latin1(head);
    const line = text.split('\n', 1)[0];
    return line.length < text.length && sizesOf(line) !== undefined;
  },
  read: readNeukron,
};

/** Undefined for a line that does not begin one of the two formats. */
function sizesOf(line: string): number[] | undefined {
  if (!/^\s*\d{1,15}(\s*,\s*\d{1,15})+\s*$/.test(line)) {
    return undefined;
  }
  const numbers = line.split(',').map(Number);
  if (numbers.length === 2) {
    return numbers;
  }
  return numbers[0] === numbers.length - 1 ? numbers.slice(1) : undefined;
}

async function readNeukron(source: SparseSource, job: Job): Promise<SparseFile> {
  const { name: file, size } = source.file;
  const lines = new TextLines(source.chunks(job), file);
  try {
    const first = await lines.nextLine();
    const dims = sizesOf(first ?? '');
    if (!dims) {
      throw new FormatError(
        `"${file}": line 1 should be "rows, columns" or "modes, size, size, ...", but is "${quoted(first ?? '')}".`,
        { file, value: 1 },
      );
    }
    requireFileSizes(file, dims);
    const scanner = new EntryScanner(
      {
        file,
        order: dims.length,
        base: 0,
        sizes: dims,
        hasValues: true,
        comment: '#',
        commas: true,
      },
      lines.linesRead,
    );
    for await (const block of lines.rest()) {
      job.throwIfCancelled();
      scanner.scan(block);
    }
    const { indices, values, count } = scanner.finish();
    const read = assembleFile(file, dims, indices, values, job);
    return { format: 'neukron', name: file, size, stored: count, ...read, notes: [] };
  } finally {
    await lines.close();
  }
}
