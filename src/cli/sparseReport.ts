import type { SparseInfo } from '../protocol/sparse';
import { printable, renderTable } from './table';
import { formatBytes, formatCount, formatShapeShort, formatShare } from './text';

/** A sparse matrix or tensor in words, figures, and a line for each of its modes. */
export function describeSparse(info: SparseInfo, width?: number): string[] {
  const { name, format, size, dims, nonzeros, density, squaredNorm, modes, bytes } = info;
  return [
    `${printable(name)}: ${format}, ${formatBytes(size)}`,
    `${formatShapeShort(dims)} with ${formatCount(nonzeros)} nonzeros (${formatShare(density)})`,
    ...valueLine(info),
    `Squared norm: ${squaredNorm}`,
    ...remarks(info),
    '',
    ...renderTable(
      [
        { title: 'Mode', align: 'right' },
        { title: 'Size', align: 'right' },
        { title: 'Empty', align: 'right' },
        { title: 'Fewest', align: 'right' },
        { title: 'Median', align: 'right' },
        { title: 'Mean', align: 'right' },
        { title: 'Most nonzeros', align: 'right' },
      ],
      modes.map(({ size: indices, empty, degrees: { min, median, mean, max } }, mode) => [
        `${mode + 1}`,
        formatCount(indices),
        formatCount(empty),
        formatCount(min),
        formatCount(median),
        mean.toPrecision(3),
        formatCount(max),
      ]),
      width,
    ),
    '',
    `As coordinates: ${formatCount(bytes.raw)} bytes (4 an index, 8 a value); in full: ${formatBytes(bytes.dense)}.`,
    `Where positions must be kept, orders of its modes take ${formatCount(bytes.orders)} bytes.`,
  ];
}

function valueLine({ min, max, negative }: SparseInfo): string[] {
  if (min === undefined || max === undefined) {
    return [];
  }
  const range = min === max ? `Every nonzero is ${min}` : `Values from ${min} to ${max}`;
  return [negative === 0 ? range : `${range}, ${formatCount(negative)} of them negative`];
}

function remarks({ duplicates, zeros, stored, notes }: SparseInfo): string[] {
  return [
    ...(duplicates === 0
      ? []
      : [
          `${formatCount(duplicates)} of ${formatCount(stored)} stored entries were added to others at the same place.`,
        ]),
    ...(zeros === 0 ? [] : [`${formatCount(zeros)} stored values of 0 were left out.`]),
    ...notes.map(printable),
  ];
}
