import { OutOfMemoryError } from '../../../failures';
import type { Job } from '../../job';
import { evaluationBytes } from './evaluator';
import type { ParameterLayout } from './parameters';
import type { PositionCode } from './positionCode';

/** Numbers of 4 and of 8 bytes that a run keeps of each parameter: now, before the step, at best; Adam. */
const bytesPerParameter = 3 * 4 + 4 * 8;
/** Of each entry: y before and after the swaps of an update, and the swaps' neighbours. */
const bytesPerEntry = 3 * 4;
/** Of each padded index: orders now, tried, next and at best, hashes, gains and swaps. */
const bytesPerIndex = 64;

/** About how many bytes the training of a network on a tensor of `entries` nonzeros holds at a time. */
export function trainingBytes(
  code: PositionCode,
  layout: ParameterLayout,
  entries: number,
): number {
  const padded = code.bits.reduce((sum, bits) => sum + 2 ** bits, 0);
  return (
    entries * bytesPerEntry +
    padded * bytesPerIndex +
    layout.count * bytesPerParameter +
    evaluationBytes(code, layout, entries)
  );
}

/** @throws OutOfMemoryError when training takes more than the job may hold, before any of it is held. */
export function requireTrainingMemory(
  code: PositionCode,
  layout: ParameterLayout,
  entries: number,
  job: Job,
): void {
  const bytes = trainingBytes(code, layout, entries);
  const limit = job.memoryLimit ?? Infinity;
  if (bytes > limit) {
    const [needed, allowed] = [bytes, limit].map((count) => Math.ceil(count / 2 ** 20));
    throw new OutOfMemoryError(
      `Training NeuKron on ${entries} nonzeros with ${layout.hidden} hidden units takes about ${needed} MB, more than the ${allowed} MB it may use. Choose fewer hidden units or threads; in VS Code the setting tensorpress.memoryLimit raises the limit.`,
      { value: bytes, limit },
    );
  }
}
