import { Option, type Command } from 'commander';
import type { Method, Rank } from '../../engine/decompositions/decomposition';
import type { Choice, Skipped } from '../../engine/selection/choice';
import { exactPercent, formatRank, methodLabels } from '../../engine/selection/words';
import { UsageError } from '../../failures';
import type { ChoicesProgress, ChoicesRequest, ChoicesResult } from '../../protocol/engine';
import { print, withProgress, type CliContext } from '../context';
import {
  defaultChoiceLevels,
  jsonOption,
  methodsOption,
  parseEnergies,
  parseErrors,
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
  readonly error?: readonly number[];
  readonly energy?: readonly number[];
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
        '--error <list>',
        'instead: relative errors, separated by commas; the smallest choice within each',
      )
        .argParser(parseErrors)
        .conflicts('kept'),
    )
    .addOption(
      new Option(
        '--energy <list>',
        'instead: shares of the squared norm to keep, e.g. 0.9,0.99; the smallest choice that keeps each',
      )
        .argParser(parseEnergies)
        .conflicts(['kept', 'error']),
    )
    .addOption(
      new Option(
        '--rank <rank>',
        'instead: an explicit rank, for exactly one method: 12, or 14,14,3,3',
      )
        .argParser(parseRank)
        .conflicts(['kept', 'error', 'energy']),
    )
    .addOption(seedOption())
    .addOption(jsonOption())
    .action(async (path: string, options: Options) => {
      const { tensor, methods, rank, seed, json } = options;
      if (rank !== undefined && methods.length !== 1) {
        throw new UsageError('--rank is understood for one method only; name it with --methods.');
      }
      const result = await withProgress<ChoicesResult, ChoicesProgress>(
        context,
        'Computing choices',
        (callOptions) =>
          context.engine.choices(
            { path, ...(tensor && { tensors: tensor }), methods, ...levelsOf(options), seed },
            callOptions,
          ),
      );
      print(context, json, { ...result, file: path }, () =>
        describeChoices(result, context.stdoutColumns),
      );
    });
}

/** The one kind of levels that was given; the kept fractions have a default. */
function levelsOf({ kept, error, energy, rank }: Options): Partial<ChoicesRequest> {
  if (rank !== undefined) {
    return { rank };
  }
  if (error) {
    return { error };
  }
  return energy ? { energy } : { kept };
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
    describeAsked(choice),
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

/** The level that a choice answers, in the words of its option; nothing for an explicit rank. */
function describeAsked({ kept, askedError, askedEnergy }: Choice): string {
  if (askedError !== undefined) {
    return `error ${exactPercent(askedError)}`;
  }
  if (askedEnergy !== undefined) {
    return `energy ${exactPercent(askedEnergy)}`;
  }
  return kept === undefined ? '' : formatShare(kept);
}

/** Tensors without choices, and what single methods do not reach, those of one reason together. */
function describeSkipped(skipped: readonly Skipped[]): string[] {
  const dense = skipped.filter(({ method }) => method === undefined);
  const unreached = new Map<string, string[]>();
  for (const { tensor, shape, method, reason } of skipped) {
    if (method !== undefined) {
      const key = `${printable(tensor)} (${formatShapeShort(shape)}): ${printable(reason)}`;
      unreached.set(key, [...(unreached.get(key) ?? []), methodLabels[method]]);
    }
  }
  return [
    ...section(
      'Not reached:',
      [...unreached].map(([text, methods]) => `  ${text} (${methods.join(', ')})`),
    ),
    ...section(
      'Without choices, these stay dense:',
      dense.map(
        ({ tensor, shape, reason }) =>
          `  ${printable(tensor)} (${formatShapeShort(shape)}): ${printable(reason)}`,
      ),
    ),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines, ''];
}
