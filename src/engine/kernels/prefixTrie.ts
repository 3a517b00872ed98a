import { scratchBytes, scratchOf } from './layout';
import type { ThreadContext } from './operation';

/** Addresses and sizes of one pass over a trie; see assembly/prefixTrie.ts. */
export interface TriePass {
  readonly model: number;
  readonly keys: number;
  readonly prefix: number;
  readonly values: number;
  readonly y: number;
  readonly bounds: number;
  /** Room for the nodes of an item, of `workBytes` for each thread. */
  readonly work: number;
  readonly workBytes: number;
  readonly rows: number;
  readonly levelRows: number;
  /** Slots of `gradientBytes`, one for each item of a run; 0 for none. */
  readonly gradient: number;
  readonly gradientBytes: number;
}

/** The parameters of {@link prefixTrieItem}; items are counted from `first`. */
export function triePassParameters(pass: TriePass, first: number): number[] {
  return [
    ...[pass.model, pass.keys, pass.prefix, pass.values, pass.y, pass.bounds, first],
    ...[pass.work, pass.workBytes, pass.rows, pass.levelRows],
    ...[pass.gradient, pass.gradientBytes],
  ];
}

/** Some adjacent leaves of a trie with all that is above them. */
export function prefixTrieItem(
  { exports, scratch }: ThreadContext,
  p: Float64Array,
  item: number,
): void {
  const [model, keys, prefix, values, y, bounds, first] = p;
  const [work, workBytes, rows, levelRows, gradient, gradientBytes] = p.subarray(7);
  const thread = (scratch - scratchOf(0)) / scratchBytes;
  exports.trieItem(
    ...([model, keys, prefix, values, y, bounds, first + item] as const),
    ...([work + thread * workBytes, rows, levelRows] as const),
    ...([gradient === 0 ? 0 : gradient + item * gradientBytes, gradientBytes] as const),
  );
}
