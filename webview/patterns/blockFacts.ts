import type { Cell, CellFacts } from '../components/heatmap/cellKeys';
import { formatCount, formatPercent, formatValue } from '../format';
import type { OpenMap } from './openMap';

/** What a cell stands for, row by row as its tooltip and its spoken description say it. */
export function cellFacts(open: OpenMap, kept: number, { row, column }: Cell): CellFacts {
  const cell = row * open.map.grid[1] + column;
  const [rows, columns] = coveredEntries(open, { row, column });
  const score = open.scores[cell] ?? 0;
  const covered: CellFacts = [
    ['rows', span(rows)],
    ['columns', span(columns)],
  ];
  if (open.kind === 'nm') {
    return [
      ...covered,
      ['norm', formatValue(score)],
      ['lost', `${formatPercent(open.losses[kept]?.[cell] ?? 0)} of its squared norm`],
    ];
  }
  const place = open.places[cell] ?? 0;
  return [
    ['block', `row ${formatCount(row)}, column ${formatCount(column)}`],
    ...covered,
    [criterionTerms[open.map.pattern.criterion], formatValue(score)],
    ['place', `${formatCount(place + 1)} of ${formatCount(open.count)}`],
    ['state', place < kept ? 'kept' : 'dropped'],
  ];
}

/** Names short enough for a tooltip. */
export const criterionTerms = {
  frobenius: 'norm',
  l1: 'sum of magnitudes',
  max: 'largest magnitude',
  meanSquare: 'mean of squares',
} as const;

/** First and last row and column of the matrix that a cell covers, counted from 0. */
export function coveredEntries(
  { kind, map }: OpenMap,
  { row, column }: Cell,
): readonly [rows: readonly [number, number], columns: readonly [number, number]] {
  const [height, width] = kind === 'nm' ? map.tile : map.pattern.block;
  const along = (cell: number, size: number, end: number): [number, number] => [
    cell * size,
    Math.min(end, (cell + 1) * size) - 1,
  ];
  return [along(row, height, map.rows), along(column, width, map.columns)];
}

function span([first, last]: readonly [number, number]): string {
  return first === last ? formatCount(first) : `${formatCount(first)} to ${formatCount(last)}`;
}
