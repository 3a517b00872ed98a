import type { PatternResult } from '../protocol/engine';
import type { Criterion, PatternInfo, PatternReport } from '../protocol/patterns';
import { mostLines, overview } from './overview';
import { printable, renderTable, type Column } from './table';
import { formatBytes, formatCount, formatSeconds, formatShapeShort, formatShare } from './text';

const criterionWords: Readonly<Record<Criterion, string>> = {
  frobenius: 'Frobenius norm',
  l1: 'sum of magnitudes',
  max: 'largest magnitude',
  meanSquare: 'mean of squares',
};

/** The patterns that a tensor can have: block sizes, what eq. 5 finds, N:M. */
export function describeInfo(
  { tensor, shape, dtype, matrices }: PatternInfo,
  width?: number,
): string[] {
  return [
    `${printable(tensor)}  ${formatShapeShort(shape)} ${dtype}`,
    ...matrices.flatMap((form) => ['', ...describeMatrix(form, width)]),
    '',
    'Show a pattern with --block ROWSxCOLUMNS or --nm N:M.',
  ];
}

function describeMatrix(
  { scheme, rows, columns, blocks, best, nm }: PatternInfo['matrices'][number],
  width?: number,
): string[] {
  return [
    `As a ${formatCount(rows)} × ${formatCount(columns)} matrix (${scheme}):`,
    ...renderTable(
      [
        { title: 'Block', align: 'right' },
        { title: 'Grid', align: 'right' },
        { title: 'Blocks', align: 'right' },
        { title: '' },
      ],
      blocks.map(({ block, grid, padding }) => [
        formatShapeShort(block),
        formatShapeShort(grid),
        formatCount(grid[0] * grid[1]),
        paddingWords(padding) ?? '',
      ]),
      width,
    ),
    ...best.map(
      ({ rank, block, parameters, ties }) =>
        `Fewest parameters of a Kronecker form of rank ${rank}: blocks of ${formatShapeShort(block)}, ` +
        `${formatCount(parameters)} parameters${ties > 1 ? ` (${ties} sizes have as few)` : ''}.`,
    ),
    nm.length === 0
      ? 'No N:M pattern divides its rows.'
      : `N:M patterns with M of ${nm.join(', ')} divide its rows.`,
  ];
}

/** One pattern in words, figures and, where it fits, characters. */
export function describePattern(
  result: PatternResult,
  written: PatternReport | undefined,
  width?: number,
): string[] {
  const { tensor, shape, dtype, rows, columns, pattern } = result;
  return [
    `${printable(tensor)}  ${formatShapeShort(shape)} ${dtype} as a ${formatCount(rows)} × ${formatCount(columns)} matrix (${pattern.scheme})`,
    ...describeKept(result),
    `Relative error ${formatShare(result.error.relative)}, energy kept ${formatShare(result.energy)}.`,
    '',
    ...renderTable(formColumns, formRows(result), width),
    ...describeKpd(result),
    ...describeMask(result, width),
    ...(written ? ['', ...describeWritten(written)] : []),
  ];
}

function describeKept({ pattern, blocks, n, grid, padding, kept }: PatternResult): string[] {
  if (pattern.kind === 'nm') {
    const edge = padding[1] > 0 ? `; the last of a row has ${pattern.m - padding[1]}` : '';
    return [`Kept ${n} of every ${pattern.m} entries of a row, the largest${edge}.`];
  }
  const { block, criterion, scope } = pattern;
  const padded = paddingWords(padding);
  return [
    `Blocks of ${formatShapeShort(block)}, a grid of ${formatShapeShort(grid)}${padded === undefined ? '' : `, ${padded}`}.`,
    `Kept ${formatCount(blocks ?? 0)} of ${formatCount(grid[0] * grid[1])} blocks (${formatShare(kept)}), ` +
      `the best by ${criterionWords[criterion]}${scope === 'blockRow' ? ' in every row of blocks' : ''}.`,
  ];
}

const formColumns: readonly Column[] = [
  { title: 'Stored' },
  { title: 'Bytes', align: 'right' },
  { title: 'of dense', align: 'right' },
  { title: 'MACs', align: 'right' },
  { title: 'of dense', align: 'right' },
  { title: 'Error', align: 'right' },
];

function formRows({ bytes, macs, error, kpd }: PatternResult): string[][] {
  const row = (name: string, size: number, work: number, relative: number) => [
    name,
    formatBytes(size),
    formatShare(size / bytes.dense),
    formatCount(work),
    formatShare(work / macs.dense),
    formatShare(relative),
  ];
  const rows = [row('dense', bytes.dense, macs.dense, 0)];
  if (bytes.bsr !== undefined) {
    rows.push(row('BSR', bytes.bsr, macs.kept, error.relative));
  }
  if (bytes.nm !== undefined) {
    rows.push(row('N:M', bytes.nm, macs.kept, error.relative));
  }
  if (kpd) {
    rows.push(row(`KPD rank ${kpd.rank}`, kpd.bytes, kpd.macs, kpd.relativeError));
  }
  return rows;
}

function describeKpd({ kpd }: PatternResult): string[] {
  if (!kpd) {
    return [];
  }
  const { parameters, pruned } = kpd;
  return [
    '',
    `With the ${formatCount(parameters)} parameters of the Kronecker form, plain pruning keeps ` +
      `${formatCount(pruned.blocks)} blocks, with an error of ${formatShare(pruned.relativeError)}.`,
  ];
}

/** Columns of a terminal nobody told the width of. */
const defaultWidth = 80;

function describeMask(
  { pattern, grid, rows, columns, mask }: PatternResult,
  width?: number,
): string[] {
  const lineLength = width ?? defaultWidth;
  if (pattern.kind === 'nm') {
    // Of many groups together every part has the same shade.
    return rows > mostLines || columns > lineLength
      ? []
      : [
          '',
          'Kept (█) and dropped (·), a character per entry:',
          ...overview(mask, [rows, columns], lineLength).lines,
        ];
  }
  const { tile, lines } = overview(mask, grid, lineLength);
  const legend =
    tile[0] * tile[1] === 1
      ? 'Kept (█) and dropped (·), a character per block:'
      : `Share kept, from none (·) over ░▒▓ to all (█), a character per ${formatShapeShort(tile)} blocks:`;
  return ['', legend, ...lines];
}

function describeWritten({
  output,
  as,
  outputBytes,
  sourceBytes,
  relativeError,
  elapsedMs,
}: PatternReport): string[] {
  const size = `${formatBytes(outputBytes)} (the source has ${formatBytes(sourceBytes)})`;
  const error = as === 'mask' ? '' : `, relative error of the tensor ${formatShare(relativeError)}`;
  return [`Wrote ${printable(output)}: ${size}${error}, in ${formatSeconds(elapsedMs)}.`];
}

/** Undefined where the blocks fit. */
function paddingWords([rows, columns]: readonly [number, number]): string | undefined {
  const parts = [
    ...(rows > 0 ? [`${rows} ${rows === 1 ? 'row' : 'rows'}`] : []),
    ...(columns > 0 ? [`${columns} ${columns === 1 ? 'column' : 'columns'}`] : []),
  ];
  return parts.length === 0 ? undefined : `padded by ${parts.join(' and ')}`;
}
