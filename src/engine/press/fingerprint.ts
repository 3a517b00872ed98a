import { createHash } from 'node:crypto';
import { openLocalFile } from '../../io/localFile';
import { unattended, type Job } from '../job';

/** About 10 ms of hashing, between two looks at the stop sign. */
const pieceLength = 2 ** 24;

/** The SHA-256 of a file's bytes, lower-case hexadecimal. @throws FileError as reads do. */
export async function sha256OfFile(path: string, job: Job = unattended): Promise<string> {
  const file = await openLocalFile(path);
  try {
    const hash = createHash('sha256');
    for (let done = 0; done < file.size; done += pieceLength) {
      job.throwIfCancelled();
      hash.update(await file.read(done, Math.min(pieceLength, file.size - done)));
      job.report(Math.min(1, (done + pieceLength) / file.size), 'reading the source');
    }
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}
