import type { FileSummary } from '../../src/protocol/inspector';

export interface DTypeShare {
  readonly dtype: string;
  readonly tensors: number;
  readonly bytes: number;
}

/** What the file's tensors are stored as, the largest share first. */
export function dtypeShares(tensors: FileSummary['tensors']): DTypeShare[] {
  const shares = new Map<string, { tensors: number; bytes: number }>();
  for (const { dtype, bytes } of tensors) {
    const share = shares.get(dtype) ?? { tensors: 0, bytes: 0 };
    shares.set(dtype, { tensors: share.tensors + 1, bytes: share.bytes + bytes });
  }
  return [...shares]
    .map(([dtype, share]) => ({ dtype, ...share }))
    .sort((a, b) => b.bytes - a.bytes);
}
