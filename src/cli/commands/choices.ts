import { Option, type Command } from 'commander';
import type { Method, Rank } from '../../engine/decompositions/decomposition';
import type { Choice, Skipped } from '../../engine/selection/choice';
import { formatRank, methodLabels } from '../../engine/selection/words';
import { UsageError } from '../../failures';
import type { ChoicesProgress, ChoicesResult } from '../../protocol/engine';
import { print, withProgress, type CliContext } from '../context';
import {
  defaultChoiceLevels,
  jsonOption,
  methodsOption,
  parseLevels,
  parseRank,
  seedOption,
  tensorOption,
} from '../options';
import { printable, renderTable } from '../table';
import {
  bar,
  formatBytes,
  formatCount,
  formatSeconds,
  formatShapeShort,
  formatShare,
} from '../text';

interface Options {
  readonly tensor?: string[];
  readonly methods: readonly Method[];
  readonly kept: readonly number[];
  readonly rank?: Rank;
  readonly seed: number;
  readonly json?: boolean;
}

export function addChoices(program: Command, context: CliContext): void {
  program
    .command('choices')
    .description('show what every method would cost and save on every tensor')
    .argument('<file>', 'the weights file')
    .addOption(tensorOption())
    .addOption(methodsOption())
    .addOption(
      new Option('--kept <list>', 'fractions of the parameters that remain, separated by commas')
        .default(defaultChoiceLevels, defaultChoiceLevels.join(','))
        .argParser(parseLevels),
    )
    .addOption(
      new Option(
        '--rank <rank>',
        'an explicit rank in place of --kept, for exactly one method: 12, or 14,14,3,3',
      )
        .argParser(parseRank)
        .conflicts('kept'),
    )
    .addOption(seedOption())
    .addOption(jsonOption())
    .action(async (path: string, { tensor, methods, kept, rank, seed, json }: Options) => {
      if (rank !== undefined && methods.length !== 1) {
        throw new UsageError('--rank is understood for one method only; name it with --methods.');
      }
      const result = await withProgress<ChoicesResult, ChoicesProgress>(
        context,
        'Computing choices',
        (options) =>
          context.engine.choices(
            {
              path,
              ...(tensor && { tensors: tensor }),
              methods,
              kept,
              ...(rank !== undefined && { rank }),
              seed,
            },
            options,
          ),
      );
      print(context, json, { ...result, file: path }, () =>
        describeChoices(result, context.stdoutColumns),
      );
    });
}

export function describeChoices(result: ChoicesResult, width?: number): string[] {
  const byTensor = new Map<string, Choice[]>();
  for (const choice of result.choices) {
    byTensor.set(choice.tensor, [...(byTensor.get(choice.tensor) ?? []), choice]);
  }
  const dtypes = new Map(result.tensors.map(({ tensor, dtype }) => [tensor, dtype]));
  return [
    ...[...byTensor.values()].flatMap((choices) => [
      ...describeTensor(choices, dtypes.get(choices[0].tensor) ?? '', width),
      '',
    ]),
    ...describeSkipped(result.skipped),
    `${formatCount(result.choices.length)} choices in ${formatSeconds(result.elapsedMs)}, backend ${result.backend}, seed ${result.seed}.`,
  ];
}

const barWidth = 10;

function describeTensor(choices: readonly Choice[], dtype: string, width?: number): string[] {
  const [{ tensor, shape, denseParameters, denseBytes, denseMacs }] = choices;
  const rows = choices.map((choice) => [
    methodLabels[choice.method],
    formatRank(choice.rank),
    choice.kept === undefined ? '' : formatShare(choice.kept),
    formatCount(choice.parameters),
    formatBytes(choice.bytes),
    formatShare(choice.keptActual),
    bar(choice.keptActual, barWidth),
    formatCount(choice.macs),
    formatShare(choice.error.relative),
    choice.profitable ? (choice.reason ?? '') : `does not pay: ${choice.reason ?? ''}`,
  ]);
  return [
    `${printable(tensor)}  ${formatShapeShort(shape)} ${dtype}: ${formatCount(denseParameters)} parameters, ${formatBytes(denseBytes)}, ${formatCount(denseMacs)} multiply-adds`,
    ...renderTable(
      [
        { title: 'Method' },
        { title: 'Rank', align: 'right' },
        { title: 'Asked', align: 'right' },
        { title: 'Parameters', align: 'right' },
        { title: 'Bytes', align: 'right' },
        { title: 'Kept', align: 'right' },
        { title: '' },
        { title: 'MACs', align: 'right' },
        { title: 'Error', align: 'right' },
        { title: '' },
      ],
      rows,
      width,
    ),
  ];
}

function describeSkipped(skipped: readonly Skipped[]): string[] {
  if (skipped.length === 0) {
    return [];
  }
  return [
    'Without choices, these stay dense:',
    ...skipped.map(
      ({ tensor, shape, reason }) =>
        `  ${printable(tensor)} (${formatShapeShort(shape)}): ${printable(reason)}`,
    ),
    '',
  ];
}
