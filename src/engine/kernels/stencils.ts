import type { Arena } from './arena';
import { scratchBytes, scratchOf } from './layout';
import type { ThreadContext } from './operation';

/** Addresses and sizes of a stencil as one side sees it; strides in bytes. See assembly/stencils.ts. */
export interface StencilShare {
  readonly ownLabels: number;
  readonly otherLabels: number;
  readonly templates: number;
  readonly ownStride: number;
  readonly otherStride: number;
  readonly own: number;
  readonly other: number;
  readonly table: number;
}

const shareWords = 8;
/** Descriptions of stencils, one after the other, as the kernels read them. */
export function describeShares(arena: Arena, shares: readonly StencilShare[]): Uint32Array {
  const words = arena.words(shareWords * shares.length);
  shares.forEach((share, n) => {
    const { ownLabels, otherLabels, templates, ownStride, otherStride, own, other, table } = share;
    words.set(
      [ownLabels, otherLabels, templates, ownStride, otherStride, own, other, table],
      shareWords * n,
    );
  });
  return words;
}

/** `data` where kernels reach it: itself, or a copy that ends with the arena's scope. */
export function resident<T extends Uint16Array | Uint32Array | Float64Array>(
  arena: Arena,
  data: T,
): T {
  if (arena.holds(data)) {
    return data;
  }
  const { buffer, byteOffset } = arena.doubles(Math.ceil(data.byteLength / 8));
  const make = data.constructor as new (b: ArrayBufferLike, at: number, count: number) => T;
  const copy = new make(buffer, byteOffset, data.length);
  copy.set(data);
  return copy;
}

/**
 * [shares, grouping, lines, groups, room, bytes of room for each thread, first]: the table of one
 * stencil.
 */
export function stencilTableItem(
  { exports, scratch }: ThreadContext,
  p: Float64Array,
  item: number,
): void {
  const [shares, grouping, lines, groups, work, workBytes, first] = p;
  const thread = (scratch - scratchOf(0)) / scratchBytes;
  const share = shares + (first + item) * shareWords * 4;
  exports.stencilTable(share, grouping, lines, groups, work + thread * workBytes);
}

/**
 * [pointers, columns, values, grouping, groups, shares, count, which lines, their number, lines of an
 * item, target, room for 4 bytes per thread and stencil]: sums along some lines.
 */
export function stencilLinesItem(
  { exports, scratch }: ThreadContext,
  p: Float64Array,
  item: number,
): void {
  const [pointers, columns, values, grouping, groups, shares, count] = p;
  const [which, lines, perItem, target, room] = p.subarray(7);
  const thread = (scratch - scratchOf(0)) / scratchBytes;
  const from = item * perItem;
  exports.stencilLines(
    ...([pointers, columns, values, grouping, groups, shares, count] as const),
    ...([which + from * 4, Math.min(perItem, lines - from)] as const),
    ...([target + from * groups * 8, room + thread * 4 * count] as const),
  );
}

/** Clusters are padded to a multiple of so many for {@link nearestLabelsItem}. */
export const nearestPanel = 4;

/** [rows, count, groups, padded, norms, terms, rows of an item, labels, room per thread, its bytes]. */
export function nearestLabelsItem(
  { exports, scratch }: ThreadContext,
  p: Float64Array,
  item: number,
): void {
  const [rows, count, groups, padded, norms, terms, perItem, labels, work, workBytes] = p;
  const thread = (scratch - scratchOf(0)) / scratchBytes;
  const from = item * perItem;
  exports.nearestLabels(
    ...([rows + from * groups * 8, Math.min(perItem, count - from), groups, padded] as const),
    ...([norms, terms, work + thread * workBytes, labels + from * 2] as const),
  );
}
