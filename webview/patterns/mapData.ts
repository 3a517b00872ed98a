import type { CurveMark } from '../components/curveData';
import type { HeatmapCells } from '../components/heatmap/frame';
import type { ValueScale } from '../components/heatmap/levels';
import { figuresOf } from './figures';
import { thresholdOf } from './openMap';
import type { OpenMap } from './openMap';

/**
 * Cells of the picture.
 * @param isLoss of N:M: shows what `kept` entries of every group lose, not how large the tiles are
 */
export function cellsOf(open: OpenMap, isLoss: boolean, kept: number): HeatmapCells {
  const [rows, columns] = open.map.grid;
  if (open.kind === 'block') {
    return { rows, columns, values: open.scores, places: open.places };
  }
  return { rows, columns, values: (isLoss && open.losses[kept]) || open.scores };
}

/** The present choice on the curves of error against sparsity. */
export function choiceMarks(open: OpenMap, kept: number): readonly CurveMark[] {
  const { relativeError, sparsity } = figuresOf(open, kept);
  return open.kind === 'block' ? [{ x: sparsity, y: relativeError }] : [];
}

/** The smallest score that is kept on the histogram; none where it has no place on the scale. */
export function thresholdMarks(
  open: OpenMap,
  kept: number,
  scale: ValueScale,
): readonly CurveMark[] {
  const threshold = open.kind === 'block' ? thresholdOf(open, kept) : undefined;
  if (threshold === undefined || (scale === 'log' && threshold <= 0)) {
    return [];
  }
  return [{ x: scale === 'log' ? Math.log10(threshold) : threshold, label: 'kept from here' }];
}
