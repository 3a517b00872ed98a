import type { PatternCosts } from '../../src/protocol/patterns';
import { energyOf, errorOf } from './openMap';
import type { OpenMap } from './openMap';

/** What a choice comes to; everything is a sum or an entry of a table. */
export interface Figures {
  /** Blocks, or entries of a group. */
  readonly kept: number;
  readonly count: number;
  /** Share that is dropped. */
  readonly sparsity: number;
  readonly relativeError: number;
  /** Share of the squared norm that remains. */
  readonly energy: number;
  readonly denseBytes: number;
  /** As BSR, or as values and positions of N:M. */
  readonly bytes: number;
  readonly denseMacs: number;
  readonly macs: number;
}

export function figuresOf(map: OpenMap, kept: number): Figures {
  const { count } = map;
  const shared = {
    kept,
    count,
    sparsity: count > 0 ? 1 - kept / count : 0,
    relativeError: errorOf(map, kept),
    energy: energyOf(map, kept),
  };
  if (map.kind === 'nm') {
    const { bytes, denseBytes, denseMacs } = map.map;
    const macs = (denseMacs * kept) / count;
    return { ...shared, denseBytes, bytes: bytes[kept] ?? denseBytes, denseMacs, macs };
  }
  const { costs } = map.map;
  return {
    ...shared,
    denseBytes: costs.denseBytes,
    bytes: bsrBytes(costs, kept),
    denseMacs: costs.denseMacs,
    macs: costs.blockMacs * kept,
  };
}

export function bsrBytes({ bsrBlockBytes, bsrFixedBytes }: PatternCosts, blocks: number): number {
  return bsrFixedBytes + blocks * bsrBlockBytes;
}

/** The most blocks whose BSR form takes no more than `bytes`; below 0 where not even none fits. */
export function blocksForBytes(
  { bsrBlockBytes, bsrFixedBytes }: PatternCosts,
  bytes: number,
): number {
  return Math.floor((bytes - bsrFixedBytes) / bsrBlockBytes);
}
