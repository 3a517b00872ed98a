import { basename, dirname, extname, join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { sparseMethods } from '../../../engine/sparse/sparseModel';
import { UsageError } from '../../../failures';
import type { Progress } from '../../../protocol/engine';
import type {
  SparseDecodeReport,
  SparseDecodeRequest,
  SparseModelInfo,
} from '../../../protocol/sparse';
import { print, withProgress, type CliContext } from '../../context';
import { jsonOption } from '../../options';
import { requireFree, targetOf } from '../../outputs';
import { describeDecoded, describeEntries } from '../../sparseModelReport';
import { parseEntry, parseLargest, parseThreshold } from '../../sparseOptions';

interface Options {
  readonly output?: string;
  readonly threshold?: number;
  readonly largest?: number;
  readonly round?: boolean;
  readonly entry?: readonly (readonly number[])[];
  readonly force?: boolean;
  readonly json?: boolean;
}

export function addSparseDecode(sparse: Command, context: CliContext): void {
  sparse
    .command('decode')
    .description('write a compressed sparse matrix or tensor out again, or show entries of it')
    .argument('<file>', 'a .neukron file, or a .safetensors file that `sparse compress` wrote')
    .addOption(
      new Option(
        '-o, --output <file>',
        'the file to write, .mtx of a matrix or .tns, also .gz (default: <name>.decoded.mtx or .tns beside it)',
      ),
    )
    .addOption(
      new Option('--threshold <number>', 'keep the entries of at least this magnitude').argParser(
        parseThreshold,
      ),
    )
    .addOption(
      new Option(
        '--largest <number>',
        'instead: keep so many of the largest entries (default: as many as the source had, where the file says)',
      )
        .argParser(parseLargest)
        .conflicts('threshold'),
    )
    .addOption(new Option('--round', 'round values to whole numbers first'))
    .addOption(
      new Option(
        '--entry <index>',
        'instead of writing: show this entry, an index of each mode counted from 0, e.g. 3,14; may be repeated',
      )
        .argParser(parseEntry)
        .conflicts(['output', 'threshold', 'largest', 'round', 'force']),
    )
    .addOption(new Option('--force', 'replace a file that exists'))
    .addOption(jsonOption())
    .action(async (path: string, options: Options) => {
      const model = await context.engine.sparseModel(
        { path: resolve(path) },
        { signal: context.signal },
      );
      await (options.entry
        ? showEntries(context, path, model, options.entry, options.json)
        : decode(context, path, model, options));
    });
}

async function decode(
  context: CliContext,
  path: string,
  model: SparseModelInfo,
  { output = defaultOutput(path, model), round, force, json, ...amount }: Options,
): Promise<void> {
  const keep = keptEntries(model, amount);
  requireKind(output, model);
  await requireFree(output, force);
  const report = await withProgress<SparseDecodeReport, Progress>(context, 'Decoding', (options) =>
    context.engine.sparseDecode(
      { path: resolve(path), keep, ...(round && { round }), output: targetOf(output) },
      options,
    ),
  );
  const result = { ...report, source: path, output };
  print(context, json, result, () => describeDecoded(result, model.hasOrders));
}

async function showEntries(
  context: CliContext,
  path: string,
  { dims }: SparseModelInfo,
  entries: readonly (readonly number[])[],
  json: boolean | undefined,
): Promise<void> {
  for (const index of entries) {
    requireInside(index, dims);
  }
  const result = await context.engine.sparseEntries(
    { path: resolve(path), indices: entries },
    { signal: context.signal },
  );
  const { values, microseconds } = result;
  print(
    context,
    json,
    {
      file: path,
      entries: entries.map((index, i) => ({ index, value: values[i] })),
      microseconds,
    },
    () => describeEntries(entries, result),
  );
}

function keptEntries(
  { name, nonzeros }: SparseModelInfo,
  { threshold, largest = nonzeros }: Pick<Options, 'threshold' | 'largest'>,
): SparseDecodeRequest['keep'] {
  if (threshold !== undefined) {
    return { threshold };
  }
  if (largest === undefined) {
    throw new UsageError(
      `"${name}" does not say how many nonzeros its source had; give --threshold or --largest.`,
      { file: name },
    );
  }
  return { largest };
}

function requireInside(index: readonly number[], dims: readonly number[]): void {
  if (index.length !== dims.length || index.some((i, mode) => i >= dims[mode])) {
    throw new UsageError(
      `There is no entry ${index.join(',')}; give ${dims.length} ${dims.length === 1 ? 'index' : 'indices'} from 0, at most ${dims.map((size) => size - 1).join(', ')}.`,
      { value: index.join(','), limit: dims.join(',') },
    );
  }
}

/** MatrixMarket has matrices only. */
function requireKind(output: string, { dims }: SparseModelInfo): void {
  const allowed = dims.length === 2 ? /\.(mtx|tns)(\.gz)?$/i : /\.tns(\.gz)?$/i;
  if (!allowed.test(output)) {
    throw new UsageError(
      dims.length === 2
        ? `"${basename(output)}" ends neither in .mtx (MatrixMarket) nor in .tns (FROSTT), with .gz if it is to be compressed; give another name.`
        : `A tensor of ${dims.length} modes is written to a .tns file (FROSTT), but "${basename(output)}" does not end so; give another name.`,
      { file: output, limit: dims.length === 2 ? '.mtx, .tns' : '.tns' },
    );
  }
}

const endsInMethod = new RegExp(`\\.(${sparseMethods.join('|')})$`, 'i');

/** Never where its source is likely to be. */
function defaultOutput(path: string, { dims }: SparseModelInfo): string {
  const stem = basename(path, extname(path)).replace(endsInMethod, '');
  return join(dirname(path), `${stem}.decoded.${dims.length === 2 ? 'mtx' : 'tns'}`);
}
