import { FileError } from '../../failures';
import type { TensorEntry, WeightsFile } from '../../formats/format';
import { openWeights } from '../../formats/registry';
import { decode, readTensor } from '../../formats/tensorData';
import { openLocalFile } from '../../io/localFile';
import { residualNorm, weightErrors } from '../errors';
import { unattended, type Job } from '../job';
import { measure } from '../selection/eligibility';
import { isFloat } from '../selection/costs';
import { readPressedHeader, type PressedHeader } from './pressedHeader';
import { restoreTensor } from './restoreTensor';

/** What reading a pressed file back found. */
export interface Verified {
  /** ||W - W~|| / ||W|| by tensor, from the written bytes; 0 for what is stored as it was. */
  readonly relativeErrors: ReadonlyMap<string, number>;
  /** Over the file; relative to its floating-point tensors of two and more dimensions. */
  readonly error: { readonly absolute: number; readonly relative: number };
}

/** The same factors give the same residual but for the order of a few additions. */
const errorTolerance = 1e-9;

/**
 * Opens the pressed file at `path` and compares every tensor with the source: factors by the
 * residual of what they rebuild, which must be the `expected` one, all others byte by byte.
 * @throws FileError naming the first tensor that differs.
 */
export async function verifyPressed(
  path: string,
  source: WeightsFile,
  expected: PressedHeader,
  job: Job = unattended,
): Promise<Verified> {
  const written = await openWeights(await openLocalFile(path));
  try {
    const header = readPressedHeader(written);
    const entries = new Map(written.tensors.map((entry) => [entry.name, entry]));
    const relativeErrors = new Map<string, number>();
    let squaredError = 0;
    let squaredNorm = 0;
    for (const [i, entry] of source.tensors.entries()) {
      job.throwIfCancelled();
      job.report(i / source.tensors.length, `checking ${entry.name}`);
      const stored = entries.get(entry.name);
      const pressed = Object.hasOwn(header.tensors, entry.name);
      if (pressed && Object.hasOwn(expected.tensors, entry.name)) {
        const W = (await readTensor(source, entry, job)).data;
        const restored = await restoreTensor(written, entry.name, header, job);
        const { norm } = measure(W);
        const { absolute, relative } = weightErrors(residualNorm(W, restored.data), norm, W.length);
        const { relativeError } = expected.tensors[entry.name];
        if (!(Math.abs(relative - relativeError) <= errorTolerance * (1 + relativeError))) {
          throw differs(
            source,
            entry,
            `has a relative error of ${relative} instead of ${relativeError}`,
          );
        }
        relativeErrors.set(entry.name, relative);
        squaredError += absolute ** 2;
        squaredNorm += norm ** 2;
      } else if (stored) {
        squaredNorm += (await compareBytes(source, entry, written, stored, job)) ** 2;
        relativeErrors.set(entry.name, 0);
      } else {
        throw differs(source, entry, 'is missing');
      }
    }
    const absolute = Math.sqrt(squaredError);
    return {
      relativeErrors,
      error: { absolute, relative: absolute === 0 ? 0 : absolute / Math.sqrt(squaredNorm) },
    };
  } finally {
    await written.close();
  }
}

/** @returns the norm of a matrix or kernel, 0 for anything else. */
async function compareBytes(
  source: WeightsFile,
  entry: TensorEntry,
  written: WeightsFile,
  stored: TensorEntry,
  job: Job,
): Promise<number> {
  const original = await source.readBytes(entry, job);
  const copy = await written.readBytes(stored, job);
  if (Buffer.compare(original, copy) !== 0) {
    throw differs(source, entry, 'has other bytes than its source');
  }
  return isFloat(entry) && entry.dtype && entry.shape.length > 1
    ? measure(decode(original, entry.dtype, job)).norm
    : 0;
}

function differs(source: WeightsFile, { name }: TensorEntry, what: string): FileError {
  return new FileError(
    `The pressed file was read back and tensor "${name}" ${what}; nothing was kept. The disk may be failing, or "${source.name}" was changed meanwhile; try again.`,
    { file: source.name, tensor: name },
  );
}
