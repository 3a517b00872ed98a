import type { Job } from '../../engine/job';
import type { SparseTensor } from '../../engine/sparse/sparseTensor';
import type { ByteSink } from '../format';

/** Some milliseconds of writing numbers: the time between two looks at the stop sign. */
const pieceLength = 2 ** 14;

/** `head`, then a line `i_1 ... i_d value` per entry, counted from 1. */
export async function writeEntries(
  sink: ByteSink,
  head: string,
  { indices, values }: SparseTensor,
  job: Job,
): Promise<void> {
  await sink.write(Buffer.from(head, 'latin1'));
  for (let from = 0; from < values.length; from += pieceLength) {
    job.throwIfCancelled();
    const to = Math.min(from + pieceLength, values.length);
    let text = '';
    for (let e = from; e < to; e++) {
      for (const keys of indices) {
        text += `${keys[e] + 1} `;
      }
      // The shortest decimal that reads back as the same double.
      text += `${values[e]}\n`;
    }
    await sink.write(Buffer.from(text, 'latin1'));
    job.report(to / values.length);
  }
}
