import { stat } from 'node:fs/promises';
import { readSparse } from '../../../formats/sparse/registry';
import { openLocalFile } from '../../../io/localFile';
import type { SparseInfo } from '../../../protocol/sparse';
import { part, type Job } from '../../job';
import { fingerprintOf } from '../neukron/state';
import { infoOf } from '../sparseInfo';
import type { SparseTensor } from '../sparseTensor';
import { ModelCache } from './modelCache';

/** A tensor in memory, with what was made of it so far. */
export interface LoadedSparse {
  readonly X: SparseTensor;
  readonly info: SparseInfo;
  readonly models: ModelCache;
  /** SHA-256 of the tensor; computed once, when first asked for. */
  fingerprint(): string;
  /** Cells a side that pictures of it have. */
  cells: number;
}

interface Stamp {
  readonly path: string;
  readonly tensor: string | undefined;
  readonly size: number;
  readonly modified: number;
}

/** What a picture has where nobody has said. */
const defaultCells = 256;

/** The tensor that was asked for last: between two calls about it nothing is read. */
let last: { readonly stamp: Stamp; readonly loaded: LoadedSparse } | undefined;

/**
 * The tensor of a file, read unless it is the one that was asked for last and the file has not
 * changed since. What was made of another one is dropped, trainings excepted.
 * @throws as `readSparse`.
 */
export async function loadSparse(
  { path, tensor }: { readonly path: string; readonly tensor?: string },
  job: Job,
): Promise<LoadedSparse> {
  const stamp: Stamp = { path, tensor, ...(await sizeAndTime(path)) };
  if (last && isSame(last.stamp, stamp)) {
    return last.loaded;
  }
  // Not beside the next one in memory.
  last = undefined;
  const file = await readSparse(
    await openLocalFile(path),
    tensor === undefined ? {} : { tensor },
    part(job, 0, 0.9),
  );
  const info = infoOf(file, job);
  let fingerprint: string | undefined;
  const loaded: LoadedSparse = {
    X: file.tensor,
    info,
    models: new ModelCache(),
    fingerprint: () => (fingerprint ??= fingerprintOf(file.tensor)),
    cells: defaultCells,
  };
  last = { stamp, loaded };
  job.report(1);
  return loaded;
}

/** Opening says in better words what is wrong with a path. */
async function sizeAndTime(path: string): Promise<Pick<Stamp, 'size' | 'modified'>> {
  return stat(path).then(
    ({ size, mtimeMs }) => ({ size, modified: mtimeMs }),
    () => ({ size: -1, modified: -1 }),
  );
}

function isSame(a: Stamp, b: Stamp): boolean {
  return (
    a.path === b.path &&
    a.tensor === b.tensor &&
    a.size === b.size &&
    a.modified === b.modified &&
    a.size >= 0
  );
}
