import { stat } from 'node:fs/promises';
import { UsageError } from '../../../failures';
import { writeAtomically } from '../../../io/atomicWrite';
import type {
  SparseCompressProgress,
  SparseCompressRequest,
  SparseReport,
} from '../../../protocol/sparse';
import { part, unattended, type Job } from '../../job';
import { requireSeed } from '../../selection/choicesRequest';
import { readAttempt } from '../methods';
import { relativeError } from '../sizes';
import { openStored, storedBytes, storedExtension, type StoredSparse } from '../stored';
import { checkStored, type StoredCheck } from './checkStored';
import { loadSparse, type LoadedSparse } from './loadSparse';
import type { MadeModel } from './modelCache';
import { PartStream } from './partStream';
import { modelNotes } from './pointNotes';
import { runAttempt } from './runAttempt';

/** Shares of the progress: reading, making the model, writing; the rest is checking. */
const milestones = { read: 0.05, made: 0.8, written: 0.85 };

/**
 * Writes what a method makes of the tensor of a file: `.neukron`, or factors as safetensors. A model that
 * was made before is not made again. The file gets its name only after it was opened again and compared
 * with the model; the error reported is that of the file.
 * @param emit progress and epochs, at most ten times a second.
 * @throws as `readSparse` and the fits; UsageError for a seed, settings, an output or a type that is not
 * possible; FileError; CancelledError. Nothing is left behind then, except where a training stands.
 */
export async function sparseCompress(
  request: SparseCompressRequest,
  job: Job = unattended,
  emit: (part: SparseCompressProgress) => void = () => {},
): Promise<SparseReport> {
  const started = performance.now();
  const { path, tensor, attempt, seed, output, withOrders, type = 'float32' } = request;
  requireSeed(seed);
  const { label } = readAttempt(attempt);
  requireName(request);
  const stream = new PartStream(emit);
  const own = stream.following(job);
  const loaded = await loadSparse(
    { path, ...(tensor !== undefined && { tensor }) },
    part(own, 0, milestones.read),
  );
  const { X, info } = loaded;
  const making = part(own, milestones.read, milestones.made);
  let found:
    (StoredCheck & { readonly stored: StoredSparse; readonly made: MadeModel }) | undefined;
  // Around the training too, so that a name that cannot be written is refused before it.
  await writeAtomically(
    { ...output, source: path },
    async (sink) => {
      const made = await runAttempt(loaded, attempt, request, making, (epoch) =>
        stream.epoch(epoch),
      );
      own.report(milestones.made, 'writing');
      await sink.write(await storedBytes(made.model, X, { withOrders, type }, making));
      const checking = part(own, milestones.written, 1);
      checking.report(0, 'checking');
      const stored = await openStored(output.temporary, checking);
      found = { made, stored, ...checkStored(stored, X, made, checking) };
    },
    own,
  );
  own.report(1);
  stream.flush();
  const { made, stored, squaredError, check, notes } = found!;
  return {
    source: path,
    output: output.path,
    attempt,
    label,
    sourceBytes: info.size,
    rawBytes: info.bytes.raw,
    outputBytes: (await stat(output.path)).size,
    parameters: stored.parameters,
    withOrders: stored.hasOrders,
    squaredError,
    relativeError: relativeError(squaredError, info.squaredNorm),
    check,
    notes: [...notes, ...reportNotes(loaded, made, squaredError, request, stored)],
    elapsedMs: performance.now() - started,
  };
}

function reportNotes(
  { X }: LoadedSparse,
  made: MadeModel,
  squaredError: number,
  { withOrders, type }: SparseCompressRequest,
  stored: StoredSparse,
): string[] {
  const { model, paused } = made;
  // What the model says of the tensor alone is not true of other numbers.
  const details = Object.entries(model.details).filter(
    ([name]) => type !== 'float16' || name !== 'realSquaredError',
  );
  const notes = modelNotes(X, { ...model, squaredError, details: Object.fromEntries(details) });
  if (paused) {
    notes.push(`The training stood after ${paused.epoch} of at most ${paused.epochs} epochs.`);
  }
  if (type === 'float16' && model.squaredError > 0 && squaredError > 1.01 * model.squaredError) {
    const rise = (100 * (squaredError / model.squaredError - 1)).toPrecision(2);
    notes.push(`Numbers of 16 bits raise the squared error by ${rise} %.`);
  }
  if (!withOrders && stored.hasOrders && model.method === 'neukron') {
    notes.push('The orders are stored all the same: two networks are related by them.');
  }
  return [...notes, ...made.notes];
}

/** @throws UsageError for a name that would hide what is in the file. */
function requireName({ attempt, output }: SparseCompressRequest): void {
  const extension = `.${storedExtension(attempt.method)}`;
  if (!output.path.toLowerCase().endsWith(extension)) {
    throw new UsageError(
      `"${output.path}" is to hold what ${attempt.method} makes, which is written as ${extension}; give a name that ends so.`,
      { file: output.path, limit: extension },
    );
  }
}
