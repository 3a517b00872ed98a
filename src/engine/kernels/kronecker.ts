import type { ThreadContext } from './operation';

/**
 * [power, theta, row digits, column digits, rows, columns, values, first nonzero, end, nonzeros of an
 * item, inner products, gradients or 0, bytes of a gradient]: a share of the inner product of a sparse
 * matrix and a Kronecker power, and of its gradient, every item in a slot of its own.
 */
export function kroneckerInnerItem(
  { exports, scratch }: ThreadContext,
  p: Float64Array,
  item: number,
): void {
  const [power, theta, rowDigits, columnDigits, rows, columns, values] = p;
  const [first, end, perItem, inner, gradients, gradientBytes] = p.subarray(7);
  const from = first + item * perItem;
  const count = Math.min(perItem, end - from);
  const share = [
    ...([power, theta, rowDigits, columnDigits] as const),
    ...([rows + from * 4, columns + from * 4, values + from * 8, count, inner + item * 8] as const),
  ] as const;
  if (gradients === 0) {
    exports.kroneckerInner(...share);
  } else {
    exports.kroneckerGradient(...share, gradients + item * gradientBytes, scratch);
  }
}

/**
 * [power, theta, own digits, other digits, pointers, columns, values, known lines, positions, lines,
 * targets, moves, moves of an item, gains]: what some moves of lines take off the loss.
 */
export function kroneckerGainsItem(
  { exports }: ThreadContext,
  p: Float64Array,
  item: number,
): void {
  const [power, theta, digits, others, pointers, columns, values] = p;
  const [known, of, lines, targets, moves, perItem, gains] = p.subarray(7);
  const from = item * perItem;
  exports.kroneckerGains(
    ...([power, theta, digits, others, pointers, columns, values, known, of] as const),
    ...([lines + from * 4, targets + from * 4, Math.min(perItem, moves - from)] as const),
    gains + from * 8,
  );
}
