import type { Command } from 'commander';
import type { FileSummary } from '../../protocol/engine';
import { formatRank, methodLabels } from '../../engine/selection/words';
import { print, type CliContext } from '../context';
import { jsonOption } from '../options';
import { printable, renderTable } from '../table';
import { formatBytes, formatCount, formatShapeShort, formatShare } from '../text';

export function addInspect(program: Command, context: CliContext): void {
  program
    .command('inspect')
    .description('list the tensors of a weights file')
    .argument('<file>', 'the weights file')
    .addOption(jsonOption())
    .action(async (path: string, { json }: { json?: boolean }) => {
      const summary = await context.engine.inspect({ path }, { signal: context.signal });
      print(context, json, summary, () => describeFile(summary, context.stdoutColumns));
    });
}

export function describeFile(summary: FileSummary, width?: number): string[] {
  const { tensors, pressed, pressedProblem, metadata } = summary;
  const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  const rows = tensors.map((tensor) => [
    printable(tensor.name),
    formatShapeShort(tensor.shape),
    tensor.dtype,
    formatCount(tensor.parameters),
    formatBytes(tensor.bytes),
    printable(tensor.problem ?? ''),
  ]);
  const total = ['total', '', '', formatCount(summary.parameters), formatBytes(bytes), ''];
  return [
    `${printable(summary.name)}: ${summary.format}, ${formatBytes(summary.size)}, ${formatCount(tensors.length)} tensors`,
    '',
    ...renderTable(
      [
        { title: 'Tensor' },
        { title: 'Shape' },
        { title: 'Type' },
        { title: 'Parameters', align: 'right' },
        { title: 'Bytes', align: 'right' },
        { title: '' },
      ],
      [...rows, total],
      width,
    ),
    ...(pressed ? ['', ...describePressed(pressed, width)] : []),
    ...(pressedProblem === undefined ? [] : ['', printable(pressedProblem)]),
    ...describeMetadata(metadata),
  ];
}

function describePressed(
  { source, toolVersion, tensors }: NonNullable<FileSummary['pressed']>,
  width?: number,
): string[] {
  return [
    `Compressed by TensorPress ${printable(toolVersion)} from "${printable(source)}"; these tensors are stored as factors:`,
    '',
    ...renderTable(
      [
        { title: 'Tensor' },
        { title: 'Shape' },
        { title: 'Method' },
        { title: 'Rank', align: 'right' },
        { title: 'Relative error', align: 'right' },
      ],
      tensors.map((tensor) => [
        printable(tensor.tensor),
        formatShapeShort(tensor.shape),
        methodLabels[tensor.method],
        formatRank(tensor.rank),
        formatShare(tensor.relativeError),
      ]),
      width,
    ),
  ];
}

function describeMetadata(metadata: FileSummary['metadata']): string[] {
  // The pressed header is shown above, in words.
  const entries = Object.entries(metadata).filter(([key]) => key !== 'tensorpress');
  if (entries.length === 0) {
    return [];
  }
  return [
    '',
    'Metadata',
    ...entries.map(([key, value]) => `  ${printable(key)}: ${printable(value)}`),
  ];
}
