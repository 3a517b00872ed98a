import { Arena } from '../arena';
import type { ThreadContext } from '../operation';
import { aloneOn } from './alone';
import { eigenSystem, eigenSystemSpace, rowStrideOf } from './eigenSystem';
import { doublesAt } from './runner';
import type { TridiagonalPrecision } from './trailing';

/** f64 values that describe one matrix to {@link eigenItem}. */
export const eigenRecordLength = 7;

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
  /** `eigenSystemSpace(n, precision)` f64 values. */
  readonly space: number;
  readonly precision: TridiagonalPrecision;
}

/** The numbers of a record, in the order in which {@link eigenItem} reads them. */
export function recordOf(record: EigenRecord): number[] {
  const { n, count, a, rows, results, space, precision } = record;
  return [n, count, a, rows, results, space, precision === 'single' ? 1 : 0];
}

/** One eigen-decomposition on this thread; the only parameter is the address of the records. */
export function eigenItem(context: ThreadContext, parameters: Float64Array, item: number): void {
  const at = parameters[0] + item * eigenRecordLength * 8;
  const record = doublesAt(context, at, eigenRecordLength);
  const [n, count, a, rows, results, space, isSingle] = record;
  const precision = isSingle ? 'single' : 'double';
  const elements = n * rowStrideOf(n);
  const end = space + eigenSystemSpace(n, precision) * 8;
  // The views that the workspace makes must reach its end.
  doublesAt(context, end, 0);
  const runner = aloneOn(context, new Arena(context.memory, space, end));
  const matrix = doublesAt(context, a, elements);
  const vectors = doublesAt(context, rows, elements);
  const { values, order } = eigenSystem(runner, matrix, n, vectors, count, precision);
  const found = doublesAt(context, results, n + count);
  found.set(values);
  found.set(order, n);
}
