/**
 * How the shared WebAssembly memory of the kernels is divided: a control block through which the
 * threads agree on what to do, scratch space for each thread, and the arena, which is the rest.
 */
export const pageBytes = 65536;

/** The assembler puts its static data here, above the control block. */
export const staticBase = 4096;

/** Int32: the number of the operation, which threads wait on. */
export const epochAt = 1024;
/** Int32: items of the operation that are not finished. */
export const remainingAt = 1028;
/** BigInt64: the operation's number (high half) and the next item to be claimed (low half). */
export const claimAt = 1032;
/** Int32: the operation's kind. */
export const kindAt = 1040;
/** Int32: not zero when an item went wrong. */
export const failedAt = 1044;
/** Float64: up to 48 parameters of the operation. */
export const parametersAt = 1088;
export const maxParameters = 48;

/** Packed panels of a tile, and its edge. */
export const scratchBytes = 25 * pageBytes;

export function scratchOf(thread: number): number {
  return pageBytes + thread * scratchBytes;
}

/** The largest memory that 32-bit pointers reach, in pages. */
export const maxPages = 65536;
