import { unattended, type Job } from '../engine/job';
import { allocateBytes } from '../io/checks';
import type { RandomAccessFile } from '../io/randomAccessFile';

/** Some tens of milliseconds of a usual disk: the time between two looks at the stop sign. */
const pieceLength = 2 ** 26;

/** `length` bytes from `offset`, read so that a job can be stopped meanwhile. */
export async function readInPieces(
  file: RandomAccessFile,
  offset: number,
  length: number,
  job: Job = unattended,
): Promise<Uint8Array<ArrayBuffer>> {
  job.throwIfCancelled();
  if (length <= pieceLength) {
    return file.read(offset, length);
  }
  const bytes = allocateBytes(length, `a tensor of "${file.name}"`);
  for (let done = 0; done < length; done += pieceLength) {
    job.throwIfCancelled();
    const piece = Math.min(pieceLength, length - done);
    bytes.set(await file.read(offset + done, piece), done);
  }
  return bytes;
}
