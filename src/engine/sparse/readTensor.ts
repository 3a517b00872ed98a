import { readSparse } from '../../formats/sparse/registry';
import { openLocalFile } from '../../io/localFile';
import { unattended, type Job } from '../job';
import type { SparseTensor } from './sparseTensor';

/**
 * The sparse matrix or tensor in a local file.
 * @throws as `readSparse`.
 */
export async function readTensor(path: string, job: Job = unattended): Promise<SparseTensor> {
  return (await readSparse(await openLocalFile(path), {}, job)).tensor;
}
