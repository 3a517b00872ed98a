import type { CompressedTensor, CompressReport } from '../protocol/engine';
import { formatChoice } from '../engine/selection/words';
import { printable, renderTable } from './table';
import { bar, formatBytes, formatCount, formatSeconds, formatShare } from './text';

const barWidth = 16;
const fileBarWidth = 48;

/** A compression in words and bars: every tensor, the file before and after, why, and the check. */
export function describeCompression(
  report: CompressReport,
  planFile: string | undefined,
  width?: number,
): string[] {
  const { tensors, sourceBytes, outputBytes } = report;
  const share = outputBytes / sourceBytes;
  return [
    ...renderTable(
      [
        { title: 'Tensor' },
        { title: 'Stored as' },
        { title: 'Parameters', align: 'right' },
        { title: '' },
        { title: 'after', align: 'right' },
        { title: 'Kept', align: 'right' },
        { title: '' },
        { title: 'Error', align: 'right' },
      ],
      [...tensors.map(rowOf), totalRow(report)],
      width,
    ),
    '',
    `before  ${bar(1, fileBarWidth)} ${formatBytes(sourceBytes)}`,
    `after   ${bar(share, fileBarWidth)} ${formatBytes(outputBytes)}, ${formatShare(share)} of the file`,
    '',
    `Multiply-adds per output position: ${formatCount(report.denseMacs)} → ${formatCount(report.macs)} (${formatShare(ratio(report.macs, report.denseMacs))}).`,
    ...remarks(tensors),
    '',
    `Wrote ${printable(report.output)} in ${formatSeconds(report.elapsedMs)}; read back and compared with the source, tensor by tensor.`,
    ...(planFile === undefined ? [] : [`Wrote ${printable(planFile)}, the plan.`]),
  ];
}

function rowOf(tensor: CompressedTensor): string[] {
  const { method, rank, parameters, denseParameters } = tensor;
  const isDense = method === 'dense' || rank === undefined;
  const kept = ratio(parameters, denseParameters);
  return [
    printable(tensor.tensor),
    isDense ? 'as it was' : formatChoice(method, rank),
    formatCount(denseParameters),
    isDense ? '' : '→',
    isDense ? '' : formatCount(parameters),
    formatShare(kept),
    bar(kept, barWidth),
    isDense ? '' : formatShare(tensor.relativeError),
  ];
}

function totalRow(report: CompressReport): string[] {
  const kept = ratio(report.parameters, report.denseParameters);
  return [
    'total',
    '',
    formatCount(report.denseParameters),
    '→',
    formatCount(report.parameters),
    formatShare(kept),
    bar(kept, barWidth),
    formatShare(report.error.relative),
  ];
}

/** Why tensors that one might expect to shrink stay as they were; 1-D tensors explain themselves. */
function remarks(tensors: readonly CompressedTensor[]): string[] {
  const dense = tensors.filter(
    ({ method, reason }) => method === 'dense' && !/1-D tensor|single number/.test(reason),
  );
  return dense.map(({ tensor, reason }) => `${printable(tensor)} ${printable(reason)}.`);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}
