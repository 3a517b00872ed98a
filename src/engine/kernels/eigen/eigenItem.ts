import { Arena } from '../arena';
import type { ThreadContext } from '../operation';
import { aloneOn } from './alone';
import { eigenSystem, eigenSystemSpace, rowStrideOf } from './eigenSystem';
import { doublesAt } from './runner';

/** f64 values that describe one matrix to {@link eigenItem}. */
export const eigenRecordLength = 6;

/** Where the parts of one matrix lie, by their addresses. */
export interface EigenRecord {
  readonly n: number;
  readonly count: number;
  /** n x n, upper triangle, entries of order one or less; destroyed. */
  readonly a: number;
  /** n x n: the vectors. */
  readonly rows: number;
  /** n values, then the `count` rows that hold their vectors. */
  readonly results: number;
  /** `eigenSystemSpace(n)` f64 values. */
  readonly space: number;
}

/** The numbers of a record, in the order in which {@link eigenItem} reads them. */
export function recordOf({ n, count, a, rows, results, space }: EigenRecord): number[] {
  return [n, count, a, rows, results, space];
}

/** One eigen-decomposition on this thread; the only parameter is the address of the records. */
export function eigenItem(context: ThreadContext, parameters: Float64Array, item: number): void {
  const at = parameters[0] + item * eigenRecordLength * 8;
  const [n, count, a, rows, results, space] = doublesAt(context, at, eigenRecordLength);
  const elements = n * rowStrideOf(n);
  const end = space + eigenSystemSpace(n) * 8;
  // The views that the workspace makes must reach its end.
  doublesAt(context, end, 0);
  const runner = aloneOn(context, new Arena(context.memory, space, end));
  const matrix = doublesAt(context, a, elements);
  const vectors = doublesAt(context, rows, elements);
  const { values, order } = eigenSystem(runner, matrix, n, vectors, count);
  const found = doublesAt(context, results, n + count);
  found.set(values);
  found.set(order, n);
}
