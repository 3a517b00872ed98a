import { describe, expect, it, vi } from 'vitest';
import { CancelledError, OutOfMemoryError } from '../../../src/failures';
import { createWorkerJob } from '../../../src/worker/workerJob';

const running = { isCancellationRequested: false };

describe('createWorkerJob', () => {
  it('throws as soon as the stop sign is set', () => {
    const token = { isCancellationRequested: false };
    const job = createWorkerJob(token, () => {}, 1000);
    expect(() => job.throwIfCancelled()).not.toThrow();
    token.isCancellationRequested = true;
    expect(() => job.throwIfCancelled()).toThrow(CancelledError);
  });

  it('refuses to hold more than the memory limit, naming the limit and the setting', () => {
    vi.useFakeTimers();
    try {
      const job = createWorkerJob(
        running,
        () => {},
        100,
        () => 101 * 2 ** 20,
      );
      vi.advanceTimersByTime(1000);
      expect(() => job.throwIfCancelled()).toThrow(OutOfMemoryError);
      vi.advanceTimersByTime(1000);
      expect(() => job.throwIfCancelled()).toThrow(/101 MB.*100 MB.*tensorpress\.memoryLimit/);
    } finally {
      vi.useRealTimers();
    }
  });

  it('counts typed arrays, which the limit of the heap does not cover', () => {
    vi.useFakeTimers();
    try {
      const numbers = new Float64Array(2 ** 21);
      const job = createWorkerJob(running, () => {}, 8);
      vi.advanceTimersByTime(1000);
      expect(() => job.throwIfCancelled()).toThrow(OutOfMemoryError);
      expect(numbers.byteLength).toBe(2 ** 24);
    } finally {
      vi.useRealTimers();
    }
  });
});
