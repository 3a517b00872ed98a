import type { BlockMap, NmMap } from '../../../../src/protocol/patterns';
import { openMap } from '../../../../webview/patterns/openMap';
import type { OpenBlockMap, OpenNmMap } from '../../../../webview/patterns/openMap';

/**
 * A map of scores that are also the blocks' norms; the order is by falling score, and the errors
 * are computed here from the scores, independently of the engine.
 */
export function openBlocks(
  scores: readonly number[],
  { columns = scores.length, change = {}, pattern = {} } = {},
): OpenBlockMap {
  const order = scores.map((_, index) => index).sort((a, b) => scores[b] - scores[a] || a - b);
  const total = Math.hypot(...scores);
  const errors = Array.from({ length: scores.length + 1 }, (_, kept) =>
    total === 0 ? 0 : Math.hypot(...order.slice(kept).map((index) => scores[index])) / total,
  );
  const rows = scores.length / columns;
  const open = openMap({
    tensor: 'layer.weight',
    shape: [rows * 2, columns * 3],
    dtype: 'float32',
    rows: rows * 2,
    columns: columns * 3,
    norm: total,
    grid: [rows, columns],
    padding: [0, 0],
    elapsedMs: 1,
    pattern: {
      kind: 'block',
      scheme: 'matrix',
      block: [2, 3],
      criterion: 'frobenius',
      scope: 'matrix',
      ...pattern,
    },
    scores: Float32Array.from(scores).buffer,
    order: Uint32Array.from(order).buffer,
    errors: Float32Array.from(errors).buffer,
    zeroBlocks: scores.filter((score) => score === 0).length,
    costs: {
      valueBytes: 4,
      denseBytes: scores.length * 24,
      bsrFixedBytes: 4 * (rows + 1),
      bsrBlockBytes: 28,
      denseMacs: scores.length * 6,
      blockMacs: 6,
    },
    ...change,
  } satisfies BlockMap);
  if (open.kind !== 'block') {
    throw new Error('A map of blocks was opened as another.');
  }
  return open;
}

export function openGroups(change: Partial<NmMap> = {}): OpenNmMap {
  const open = openMap({
    tensor: 'layer.weight',
    shape: [4, 8],
    dtype: 'float32',
    rows: 4,
    columns: 8,
    norm: 2,
    grid: [2, 1],
    padding: [0, 0],
    elapsedMs: 1,
    pattern: { kind: 'nm', scheme: 'matrix', m: 4 },
    tile: [2, 8],
    scores: Float32Array.of(1, 3).buffer,
    errors: [1, 0.6, 0.4, 0.1, 0],
    losses: [1, 0.5, 0.25, 0.1, 0].map((loss) => Float32Array.of(loss, loss / 2).buffer),
    bytes: [0, 34, 68, 102, 128],
    denseBytes: 128,
    denseMacs: 32,
    ...change,
  } satisfies NmMap);
  if (open.kind !== 'nm') {
    throw new Error('A map of groups was opened as another.');
  }
  return open;
}
