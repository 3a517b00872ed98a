import { stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { requireSafetensorsName } from '../../engine/press/names';
import { UsageError } from '../../failures';
import { readError } from '../../io/fileErrors';
import type { PatternResult, Progress } from '../../protocol/engine';
import type {
  Criterion,
  MatrixForm,
  Pattern,
  PatternInfo,
  PatternOutput,
  PatternReport,
  Scheme,
} from '../../protocol/patterns';
import { print, withProgress, type CliContext } from '../context';
import { jsonOption, parseEnergy, parseKept, parseSeed } from '../options';
import { requireFree, targetOf } from '../outputs';
import { describeInfo, describePattern } from '../patternReport';
import { printable } from '../table';

interface Options {
  readonly tensor?: string;
  readonly block?: readonly [number, number];
  readonly nm?: { readonly n: number; readonly m: number };
  readonly scheme?: string;
  readonly criterion: Criterion;
  readonly perRow?: boolean;
  readonly kept?: number;
  readonly energy?: number;
  /** True without a rank. */
  readonly kpd?: number | true;
  readonly seed: number;
  readonly apply?: PatternOutput;
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const criteria: readonly Criterion[] = ['frobenius', 'l1', 'max', 'meanSquare'];
const outputs: readonly PatternOutput[] = ['bsr', 'kpd', 'zeros', 'mask'];
const defaultKept = 0.5;

export function addPatterns(program: Command, context: CliContext): void {
  program
    .command('patterns')
    .description('show which blocks of a tensor could go, and write it without them')
    .argument('<file>', 'the weights file')
    .addOption(new Option('--tensor <name>', 'the tensor (default: the only one of the file)'))
    .addOption(
      new Option(
        '--block <size>',
        'rows x columns of a block, e.g. 16x16; left out, the sizes that fit are listed',
      ).argParser(parseBlock),
    )
    .addOption(
      new Option('--nm <n:m>', 'instead: keep the n largest of every m entries of a row, e.g. 2:4')
        .argParser(parseGroups)
        .conflicts(['block', 'criterion', 'perRow', 'kept', 'energy', 'kpd']),
    )
    .addOption(
      new Option(
        '--scheme <scheme>',
        'which matrix a convolution is: channel-out (default), channel-in or spatial',
      ),
    )
    .addOption(
      new Option('--criterion <criterion>', 'what a block is judged by')
        .choices(criteria)
        .default('frobenius'),
    )
    .addOption(new Option('--per-row', 'keep as many blocks in every row of blocks'))
    .addOption(
      new Option(
        '--kept <fraction>',
        `fraction of the blocks that remains (default: ${defaultKept})`,
      ).argParser(parseKept),
    )
    .addOption(
      new Option(
        '--energy <share>',
        'instead: the fewest blocks that keep this share of the squared norm',
      )
        .argParser(parseEnergy)
        .conflicts('kept'),
    )
    .addOption(
      new Option(
        '--kpd [rank]',
        'also fit the Kronecker form (default rank: the largest no larger in bytes than BSR)',
      ).argParser(parseTerms),
    )
    .addOption(
      new Option('--seed <number>', 'seed of the sketches of very large fits')
        .default(0)
        .argParser(parseSeed),
    )
    .addOption(
      new Option(
        '--apply <form>',
        'write it: a compressed file (bsr, kpd), a copy with zeros, or the mask alone (.npy)',
      ).choices(outputs),
    )
    .addOption(new Option('-o, --output <file>', 'the file that --apply writes'))
    .addOption(new Option('--force', 'replace a file that exists'))
    .addOption(jsonOption())
    .action(async (path: string, options: Options, command: Command) => {
      const hasPattern = options.block !== undefined || options.nm !== undefined;
      if (!hasPattern) {
        refuseWithoutPattern(command);
      }
      await requireOutput(path, options);
      const info = await tensorInfo(context, path, options.tensor);
      if (!hasPattern) {
        print(context, options.json, { file: path, ...info }, () =>
          describeInfo(info, context.stdoutColumns),
        );
        return;
      }
      const { scheme } = matrixOf(info, options.scheme);
      await showPattern(context, path, info.tensor, patternOf(options, scheme), options);
    });
}

async function showPattern(
  context: CliContext,
  path: string,
  tensor: string,
  pattern: Pattern,
  options: Options,
): Promise<void> {
  const { nm, energy, kept = defaultKept, kpd, seed, apply, json } = options;
  const amount = nm ? { n: nm.n } : energy === undefined ? { kept } : { energy };
  const rank = typeof kpd === 'number' ? kpd : undefined;
  const result = await context.engine.pattern(
    {
      path: resolve(path),
      tensor,
      pattern,
      ...amount,
      ...(kpd !== undefined && { kpd: { ...(rank !== undefined && { rank }) } }),
      seed,
    },
    { signal: context.signal },
  );
  const written = apply && (await write(context, path, result, apply, { ...options, rank }));
  print(context, json, { ...asJson(path, result), ...(written && { written }) }, () =>
    describePattern(result, written, context.stdoutColumns),
  );
}

async function write(
  context: CliContext,
  path: string,
  { tensor, pattern, blocks, n }: PatternResult,
  as: PatternOutput,
  { output = '', rank, seed }: { output?: string; rank?: number; seed: number },
): Promise<PatternReport> {
  const report = await withProgress<PatternReport, Progress>(context, 'Writing', (callOptions) =>
    context.engine.applyPattern(
      {
        path: resolve(path),
        selection: { tensor, pattern, kept: blocks ?? n ?? 0 },
        as,
        ...(rank !== undefined && { rank }),
        seed,
        output: targetOf(output),
      },
      callOptions,
    ),
  );
  return { ...report, output };
}

/** What the documentation promises: flat, and the mask as text. */
function asJson(file: string, result: PatternResult): Record<string, unknown> {
  const { pattern, n, mask, tensor, shape, dtype, rows, columns, grid, padding, ...rest } = result;
  const { scheme } = pattern;
  return {
    file,
    ...{ tensor, shape, dtype, scheme, rows, columns },
    ...(pattern.kind === 'block'
      ? { block: pattern.block, criterion: pattern.criterion, scope: pattern.scope }
      : { nm: [n, pattern.m] }),
    ...{ grid, padding },
    ...rest,
    mask: Buffer.from(mask.buffer, mask.byteOffset, mask.byteLength).toString('base64'),
  };
}

function patternOf({ block, nm, criterion, perRow }: Options, scheme: Scheme): Pattern {
  if (nm) {
    return { kind: 'nm', scheme, m: nm.m };
  }
  if (!block) {
    throw new UsageError('Give a block size with --block, e.g. 16x16.');
  }
  return { kind: 'block', scheme, block, criterion, scope: perRow ? 'blockRow' : 'matrix' };
}

function matrixOf(info: PatternInfo, scheme: string | undefined): MatrixForm {
  const found = info.matrices.find((form) => scheme === undefined || form.scheme === scheme);
  if (!found) {
    const known = info.matrices.map((form) => form.scheme).join(', ');
    throw new UsageError(
      `"${String(scheme)}" is no matrix of tensor "${info.tensor}" of shape ${info.shape.join(' × ')}; give --scheme ${known}.`,
      { tensor: info.tensor, value: scheme, limit: known },
    );
  }
  return found;
}

/** Of the tensor that was named, or of the only one there is. */
async function tensorInfo(
  context: CliContext,
  path: string,
  tensor: string | undefined,
): Promise<PatternInfo> {
  const full = resolve(path);
  const name = tensor ?? (await onlyTensor(context, full));
  return context.engine.patternInfo({ path: full, tensor: name }, { signal: context.signal });
}

/** A file of ten thousand tensors need not list them all to say that one is to be named. */
const namesShown = 20;

async function onlyTensor(context: CliContext, path: string): Promise<string> {
  const { name, tensors } = await context.engine.inspect({ path }, { signal: context.signal });
  if (tensors.length === 1) {
    return tensors[0].name;
  }
  const names = tensors.slice(0, namesShown).map((one) => printable(one.name));
  const more = tensors.length > namesShown ? ` and ${tensors.length - namesShown} more` : '';
  throw new UsageError(
    tensors.length === 0
      ? `"${name}" has no tensors.`
      : `"${name}" has ${tensors.length} tensors; name one with --tensor: ${names.join(', ')}${more}.`,
    { file: name, value: tensors.length, limit: 1 },
  );
}

/** Options that say how to make a pattern mean nothing to the list of block sizes. */
function refuseWithoutPattern(command: Command): void {
  const flags: Readonly<Record<string, string>> = {
    scheme: '--scheme',
    criterion: '--criterion',
    perRow: '--per-row',
    kept: '--kept',
    energy: '--energy',
    kpd: '--kpd',
    seed: '--seed',
    apply: '--apply',
    output: '--output',
    force: '--force',
  };
  const given = Object.keys(flags).find((option) => command.getOptionValueSource(option) === 'cli');
  if (given !== undefined) {
    throw new UsageError(
      `${flags[given]} is for a pattern: give its block size as well, as in "--block 16x16", or --nm 2:4.`,
    );
  }
}

/** Before anything is computed: what cannot be written in the end is refused now. */
async function requireOutput(source: string, { apply, output, nm, force }: Options): Promise<void> {
  if ((apply === undefined) !== (output === undefined)) {
    throw new UsageError(
      output === undefined
        ? '--apply writes a file; name it with --output.'
        : '--output names the file that --apply writes; give --apply bsr, kpd, zeros or mask.',
    );
  }
  if (apply === undefined || output === undefined) {
    return;
  }
  // A missing source is the engine's to report, in better words than a missing output folder.
  await stat(source).catch((error: unknown) => {
    throw readError(source, error);
  });
  if (apply === 'bsr' || apply === 'kpd') {
    if (nm) {
      throw new UsageError(
        `--apply ${apply} stores blocks, not an N:M pattern; write its zeros or its mask.`,
      );
    }
    requireSafetensorsName(output);
  }
  if (apply === 'mask' && extname(output).toLowerCase() !== '.npy') {
    throw new UsageError(
      `A mask is a NumPy array, but "${basename(output)}" does not end in .npy; give another name.`,
      { file: output },
    );
  }
  if (resolve(source) === resolve(output)) {
    throw new UsageError(
      `The output "${output}" is the source file itself, which is never overwritten; give another name.`,
      { file: output },
    );
  }
  await requireFree(output, force);
}

function parseBlock(text: string): readonly [number, number] {
  const match = /^\s*(\d{1,9})\s*[x×]\s*(\d{1,9})\s*$/i.exec(text);
  const block = match && ([Number(match[1]), Number(match[2])] as const);
  if (!block || block[0] < 1 || block[1] < 1) {
    throw new InvalidArgumentError(
      `"${text}" is not a block size; give its rows and columns, e.g. 16x16.`,
    );
  }
  return block;
}

function parseGroups(text: string): { n: number; m: number } {
  const match = /^\s*(\d{1,3})\s*:\s*(\d{1,3})\s*$/.exec(text);
  const [n, m] = match ? [Number(match[1]), Number(match[2])] : [0, 0];
  if (n < 1 || n >= m) {
    throw new InvalidArgumentError(
      `"${text}" is not an N:M pattern; give how many of how many entries remain, e.g. 2:4.`,
    );
  }
  return { n, m };
}

function parseTerms(text: string): number {
  const rank = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(rank) || rank < 1) {
    throw new InvalidArgumentError('Give a whole number of at least 1, the terms of the sum.');
  }
  return rank;
}
