import type { Arena } from '../arena';
import type { Operation, ThreadContext } from '../operation';

/** A matrix in the kernels' memory as a strided view; one stride is 1. */
export interface ArenaView {
  readonly data: Float64Array;
  readonly rowStride: number;
  readonly columnStride: number;
}

export interface ProductSize {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

export interface RunnerProductOptions {
  /** Elements wholly below the diagonal may be left alone. */
  readonly upperOnly?: boolean;
  /** C += alpha A B; 1. */
  readonly alpha?: number;
  /** What C holds before: `add` (default) to it, or `replace` it. */
  readonly into?: 'add' | 'replace';
}

/** The operations that a dense algorithm hands out; each is computed by an {@link Operation}. */
export type Step =
  | 'symmetricRows'
  | 'symmetricRowsSingle'
  | 'updateRowsSingle'
  | 'secularRoots'
  | 'secularWeights'
  | 'secularVectors';

/**
 * Where an algorithm runs: on the thread that owns the kernels, with the others' help, or on one
 * thread alone as an item of a larger operation. Results do not depend on it.
 */
export interface Runner extends ThreadContext {
  /** Workspace of the algorithm; everything it passes to kernels lies there. */
  readonly arena: Arena;
  /** C (m x n, row-major) += alpha A (m x k) B (k x n). */
  product(
    size: ProductSize,
    a: ArenaView,
    b: ArenaView,
    c: Pick<ArenaView, 'data' | 'rowStride'>,
    options?: RunnerProductOptions,
  ): void;
  /**
   * Runs all items of a step, which gets the number of the first item of a call before the other
   * `parameters`. `workPerItem` counts multiply-adds: what is too little to be shared is not, and
   * what takes long is interrupted by looks at the stop sign.
   */
  run(step: Step, parameters: readonly number[], items: number, workPerItem: number): void;
  /** Throws when the work is no longer wanted; meant for every few milliseconds. */
  look(): void;
}

/** The address of element `index`. */
export function addressOf(data: Float64Array, index = 0): number {
  return data.byteOffset + index * 8;
}

/** `count` f64 values at `address`, on any thread. */
export function doublesAt({ memory }: ThreadContext, address: number, count: number): Float64Array {
  if (address + count * 8 > memory.buffer.byteLength) {
    // Another thread has let the memory grow; growing by nothing brings this thread's view up to date.
    memory.grow(0);
  }
  return new Float64Array(memory.buffer, address, count);
}

export type StepOperations = Readonly<Record<Step, Operation>>;
