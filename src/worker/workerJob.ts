import type { Job } from '../engine/job';
import { kernelBytes } from '../engine/kernels';
import type { Progress } from '../protocol/engine';
import { CancelledError, OutOfMemoryError } from '../failures';

/** Between two reports, so that the host gets about 30 a second. */
const reportIntervalMs = 33;
/** Asking for the memory in use costs about 0.1 ms. */
const memoryIntervalMs = 250;

const bytesPerMb = 2 ** 20;

/**
 * The job of one call in the worker. It polls the caller's stop sign, which lies in shared memory,
 * and keeps the numbers of this worker (typed arrays and WebAssembly memory, which V8's own heap
 * limit does not cover) under `memoryLimitMb`.
 */
export function createWorkerJob(
  token: { readonly isCancellationRequested: boolean },
  report: (progress: Progress) => void,
  memoryLimitMb: number,
  memoryInUse: () => number = () => process.memoryUsage().external + kernelBytes(),
): Job {
  const memoryLimit = memoryLimitMb * bytesPerMb;
  let reported = -Infinity;
  let measured = performance.now();

  const throwIfTooLarge = () => {
    const used = memoryInUse();
    if (used > memoryLimit) {
      throw new OutOfMemoryError(
        `The engine holds ${Math.round(used / bytesPerMb)} MB of numbers, more than its limit of ` +
          `${memoryLimitMb} MB. In VS Code the setting tensorpress.memoryLimit raises it.`,
        { value: used, limit: memoryLimit },
      );
    }
  };

  return {
    memoryLimit,
    throwIfCancelled() {
      if (token.isCancellationRequested) {
        throw new CancelledError();
      }
      const now = performance.now();
      if (now - measured >= memoryIntervalMs) {
        measured = now;
        throwIfTooLarge();
      }
    },
    report(fraction, message) {
      const now = performance.now();
      if (now - reported >= reportIntervalMs) {
        reported = now;
        report({ fraction, message });
      }
    },
  };
}
