import type { KernelExports } from './exports';

/** What the code of an operation finds on the thread that runs it. */
export interface ThreadContext {
  readonly exports: KernelExports;
  readonly memory: WebAssembly.Memory;
  /** Address of this thread's own `scratchBytes`. */
  readonly scratch: number;
}

/**
 * What threads do together: an operation has a number of items, each of which any thread may take.
 * `parameters` are the same for all items; results must not depend on who computes which.
 */
export type Operation = (context: ThreadContext, parameters: Float64Array, item: number) => void;
