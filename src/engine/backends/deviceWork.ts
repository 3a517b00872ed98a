/**
 * Calls of a graphics device under way in this thread. A thread that is ended among them takes the
 * whole process along: Dawn does not accept that a promise of its own is never settled. So whoever
 * ends the thread looks at `cells` first, asks for an end of it, and waits.
 */

/** Cells of the shared memory. */
const pending = 0;
const closing = 1;

export const deviceWorkBytes = 8;

/** Between looks whether the thread is to end. */
const lookMs = 20;

let cells = new Int32Array(new SharedArrayBuffer(deviceWorkBytes));
let timer: NodeJS.Timeout | undefined;
const closers = new Set<() => void>();

/** Uses memory that another thread sees as well. */
export function shareDeviceWork(memory: SharedArrayBuffer): void {
  cells = new Int32Array(memory);
}

/** `close` makes all calls of a device settle; called when the thread is to end. */
export function onDeviceClosing(close: () => void): void {
  closers.add(close);
}

/** Runs `use`, which calls a device; the thread is not ended meanwhile. */
export async function duringDeviceWork<T>(use: () => Promise<T>): Promise<T> {
  // Noted first, looked second: the other side does it the other way round, so one sees the other.
  if (Atomics.add(cells, pending, 1) === 0) {
    timer = setInterval(closeIfAsked, lookMs);
  }
  try {
    if (Atomics.load(cells, closing) !== 0) {
      throw new Error('the engine is being shut down');
    }
    return await use();
  } finally {
    if (Atomics.sub(cells, pending, 1) === 1) {
      clearInterval(timer);
    }
  }
}

function closeIfAsked(): void {
  if (Atomics.load(cells, closing) !== 0) {
    closers.forEach((close) => close());
    closers.clear();
  }
}

/**
 * In another thread: asks the one that shares `memory` to have done with its device, and waits until
 * it has, for at most `limitMs`. At once when it has none at work.
 */
export async function settleDeviceWork(memory: SharedArrayBuffer, limitMs: number): Promise<void> {
  const shared = new Int32Array(memory);
  Atomics.store(shared, closing, 1);
  const end = performance.now() + limitMs;
  while (Atomics.load(shared, pending) !== 0 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}
