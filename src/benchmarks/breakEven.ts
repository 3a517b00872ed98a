/** A product of a certain sparsity, and how long it took. */
export interface SparseTime {
  /** Fraction of the blocks that are dropped. */
  readonly sparsity: number;
  readonly ms: number;
}

/**
 * The sparsity from which on the sparse product takes no longer than `denseMs`, interpolated
 * linearly between the two that were measured around it: 0 when it never takes longer, null when the
 * sparsest still does. `times` ascend in sparsity.
 */
export function breakEvenSparsity(times: readonly SparseTime[], denseMs: number): number | null {
  for (let i = times.length - 1; i >= 0; i--) {
    if (times[i].ms <= denseMs) {
      continue;
    }
    const slower = times[i];
    const faster = times.at(i + 1);
    if (!faster) {
      return null;
    }
    const share = (slower.ms - denseMs) / (slower.ms - faster.ms);
    return slower.sparsity + share * (faster.sparsity - slower.sparsity);
  }
  return 0;
}
