import { stat } from 'node:fs/promises';
import { OutOfMemoryError } from '../../failures';
import { openWeights } from '../../formats/registry';
import { decode, decodeSingle } from '../../formats/tensorData';
import { openLocalFile } from '../../io/localFile';
import { unattended, type Job } from '../job';
import { matricisationOf, type Matricisation, type Scheme } from '../ranks/matricisation';
import { measure, unusableReason } from '../selection/eligibility';
import { weightMatrix, type WeightMatrix } from '../sparsity/weightMatrix';
import { dtypes, type DType } from '../tensor/dtype';
import type { FloatArray } from '../tensor/tensor';
import { cannotBeShown, requirePatternEntry, type PatternEntry } from './eligibility';

/** A tensor of a file as a matrix in memory, all of its values finite. */
export interface LoadedMatrix {
  readonly entry: PatternEntry;
  readonly form: Matricisation;
  /** In f32, or in f64 where the tensor is. */
  readonly matrix: WeightMatrix;
  /** Frobenius. */
  readonly norm: number;
}

/** What must be the same for values that were read once to be used again. */
interface Key {
  readonly path: string;
  readonly size: number;
  readonly modified: number;
  readonly tensor: string;
  readonly scheme: Scheme;
}

/** The matrix that was asked for last: the next block size of the same tensor reads nothing. */
let last: { readonly key: Key; readonly loaded: LoadedMatrix } | undefined;

/**
 * The matrix that `scheme` makes of a tensor, read from the file unless it is the one that was
 * asked for last and the file has not changed since.
 * @throws UsageError when there is no such tensor or scheme; UnsupportedError when it has no
 * pattern (no matrix, unknown type, NaN or infinite values); OutOfMemoryError when it does not fit
 * `job.memoryLimit`; FormatError, FileError as the file's reads; CancelledError.
 */
export async function loadMatrix(
  { path, tensor, scheme }: { path: string; tensor: string; scheme: Scheme },
  job: Job = unattended,
): Promise<LoadedMatrix> {
  const key: Key = { path, tensor, scheme, ...(await stampOf(path)) };
  if (last && isSame(last.key, key)) {
    return last.loaded;
  }
  // Not beside the next one in memory.
  last = undefined;
  const loaded = await readMatrix(path, tensor, scheme, job);
  last = { key, loaded };
  return loaded;
}

/** Bytes held between two calls. */
export function heldBytes(): number {
  return last?.loaded.matrix.data.byteLength ?? 0;
}

/** Drops what is held between two calls. */
export function forgetMatrix(): void {
  last = undefined;
}

/** Opening says in better words what is wrong with a path. */
async function stampOf(path: string): Promise<Pick<Key, 'size' | 'modified'>> {
  return stat(path).then(
    ({ size, mtimeMs }) => ({ size, modified: mtimeMs }),
    () => ({ size: -1, modified: -1 }),
  );
}

function isSame(a: Key, b: Key): boolean {
  return (
    a.path === b.path &&
    a.size === b.size &&
    a.modified === b.modified &&
    a.tensor === b.tensor &&
    a.scheme === b.scheme
  );
}

async function readMatrix(
  path: string,
  tensor: string,
  scheme: Scheme,
  job: Job,
): Promise<LoadedMatrix> {
  const file = await openWeights(await openLocalFile(path));
  try {
    const entry = requirePatternEntry(file, tensor);
    const form = matricisationOf(entry.shape, { scheme });
    requireMemory(file.name, entry, form, job.memoryLimit);
    const data = decodeValues(await file.readBytes(entry, job), entry.dtype, job);
    const measured = measure(data);
    const reason = unusableReason(measured);
    if (reason !== undefined) {
      throw cannotBeShown(file.name, tensor, reason);
    }
    const matrix = weightMatrix({ shape: entry.shape, data }, scheme, job);
    return { entry, form, matrix, norm: measured.norm };
  } finally {
    await file.close();
  }
}

/** The values in f32, which holds those of 32 bits and less exactly, or in f64 where they are. */
function decodeValues(bytes: Uint8Array<ArrayBuffer>, dtype: DType, job: Job): FloatArray {
  if (dtype === 'float32' && bytes.byteOffset % 4 === 0) {
    // Little-endian, as every machine the product runs on: the bytes are the values.
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }
  return dtype === 'float64' ? decode(bytes, dtype, job) : decodeSingle(bytes, dtype, job);
}

const bytesPerMb = 2 ** 20;

function requireMemory(
  file: string,
  { name, dtype, bytes, parameters }: PatternEntry,
  { axes }: Matricisation,
  limit = Infinity,
): void {
  const valueBytes = dtypes[dtype].bytes;
  const inOrder = axes.every((axis, i) => axis === i);
  const decoded = valueBytes < 4 ? 4 * parameters : 0;
  // Axes are brought in order in f64.
  const permuted = inOrder ? 0 : (valueBytes < 8 ? 12 : 8) * parameters;
  const needed = bytes + decoded + permuted;
  if (needed > limit) {
    throw new OutOfMemoryError(
      `"${file}": tensor "${name}" takes ${Math.ceil(needed / bytesPerMb)} MB of memory, more than ` +
        `the limit of ${Math.floor(limit / bytesPerMb)} MB. In VS Code the setting tensorpress.memoryLimit raises it.`,
      { file, tensor: name, value: needed, limit },
    );
  }
}
