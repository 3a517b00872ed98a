import { unattended, type Job } from '../../engine/job';
import type { SparseTensor } from '../../engine/sparse/sparseTensor';
import { FormatError } from '../../failures';
import type { ByteSink } from '../format';
import { maxOrder } from '../shapes';
import { assembleFile, requireFileSizes } from './assembleFile';
import { EntryScanner } from './entryScanner';
import type { SparseFile, SparseFormat } from './sparseFormat';
import type { SparseSource } from './sparseSource';
import { latin1, quoted, TextLines } from './textLines';
import { writeEntries } from './writeEntries';

/**
 * FROSTT's text format: a line `i_1 ... i_d value` per nonzero, counted from 1, `#` before comments
 * (Smith et al. 2017). It does not say its sizes, which are then the largest indices; a comment
 * `# sizes: N_1 ... N_d`, as written here, says them, and so do the two lines `d` and `N_1 ... N_d`
 * that some programs put first.
 */
export const frosttFormat: SparseFormat = {
  id: 'tns',
  label: 'FROSTT tensor',
  extensions: ['.tns'],
  matches: ({ head, name }) => {
    const line = firstContentLine(head);
    // A matrix that has lost its banner begins alike, and would be read with its sizes as an entry.
    return (
      !/\.mtx$/i.test(name) && line !== undefined && /^\d+(\s+\d+)*\s+[-+\d.eEdD]+$/.test(line)
    );
  },
  read: readFrostt,
  write: writeFrostt,
};

/** The first line that is neither empty nor a comment, when all of it is there. */
function firstContentLine(head: Uint8Array): string | undefined {
  const lines = latin1(head).split('\n');
  return lines.map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('#'));
}

interface Start {
  readonly order: number;
  readonly sizes: readonly number[] | undefined;
}

async function readFrostt(source: SparseSource, job: Job): Promise<SparseFile> {
  const { name: file, size } = source.file;
  const lines = new TextLines(source.chunks(job), file);
  try {
    const { order, sizes } = await readStart(lines, file);
    const layout = { file, order, base: 1, hasValues: true, comment: '#', commas: false } as const;
    const scanner = new EntryScanner(sizes ? { ...layout, sizes } : layout, lines.linesRead);
    for await (const block of lines.rest()) {
      job.throwIfCancelled();
      scanner.scan(block);
    }
    const { indices, values, count } = scanner.finish();
    if (!sizes && count === 0) {
      throw new FormatError(`"${file}" has no entries, and its sizes are not said.`, { file });
    }
    const dims = sizes ?? indices.map((keys) => keys.reduce((a, b) => Math.max(a, b), 0) + 1);
    const read = assembleFile(file, dims, indices, values, job);
    const notes = sizes ? [] : ['The file does not say its sizes; they are the largest indices.'];
    return { format: 'tns', name: file, size, stored: count, ...read, notes };
  } finally {
    await lines.close();
  }
}

/** Everything before the first entry, which tells the order where no sizes are said. */
async function readStart(lines: TextLines, file: string): Promise<Start> {
  let stated: number[] | undefined;
  let order: number | undefined;
  for (;;) {
    const line = (await lines.nextLine())?.trim();
    if (line === undefined) {
      if (stated) {
        return { order: stated.length, sizes: stated };
      }
      throw new FormatError(`"${file}" has no entries.`, { file });
    }
    const comment = /^#\s*sizes:\s*(\d+(?:\s+\d+)*)$/.exec(line);
    if (comment) {
      stated = comment[1].split(/\s+/).map(Number);
      requireFileSizes(file, stated);
    }
    if (line === '' || line.startsWith('#')) {
      continue;
    }
    const fields = line.split(/\s+/);
    if (order === undefined && !stated && fields.length === 1 && /^\d{1,2}$/.test(line)) {
      order = Number(line);
      continue;
    }
    if (order !== undefined && !stated) {
      stated = fields.map(Number);
      requireFileSizes(file, stated);
      if (stated.length !== order) {
        throw new FormatError(
          `"${file}": line ${lines.linesRead} should have the sizes of ${order} modes, but is "${quoted(line)}".`,
          { file, value: lines.linesRead },
        );
      }
      continue;
    }
    const entryOrder = stated?.length ?? fields.length - 1;
    if (entryOrder < 1 || entryOrder > maxOrder) {
      throw new FormatError(
        `"${file}": line ${lines.linesRead} should have the indices of an entry and its value, but is "${quoted(line)}".`,
        { file, value: lines.linesRead },
      );
    }
    lines.stepBack();
    return { order: entryOrder, sizes: stated };
  }
}

/** With its sizes in a comment, so that empty slices at the end of a mode are kept. */
async function writeFrostt(
  sink: ByteSink,
  tensor: SparseTensor,
  job: Job = unattended,
): Promise<void> {
  await writeEntries(sink, `# sizes: ${tensor.dims.join(' ')}\n`, tensor, job);
}
