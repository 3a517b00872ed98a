import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { SparseMethod } from '../../../engine/sparse/sparseModel';
import { CancelledError, isCancelled, UnsupportedError, UsageError } from '../../../failures';
import { readError } from '../../../io/fileErrors';
import type {
  SparseCompressProgress,
  SparseEpoch,
  SparseMethodOffer,
  SparseOffer,
  SparseReport,
} from '../../../protocol/sparse';
import { print, withProgress, type CliContext } from '../../context';
import { jsonOption } from '../../options';
import { requireFree, targetOf } from '../../outputs';
import { attemptOf, methodOf } from '../../sparseAttempts';
import { describeWritten } from '../../sparseModelReport';
import {
  checkpointsFolder,
  checkpointsOption,
  ordersOption,
  parseSetting,
  parseSparseMethod,
  sparseSeedOption,
  sparseTensorOption,
  type TypedSetting,
} from '../../sparseOptions';
import { epochText } from '../../sparseRun';
import { readOffer } from './offer';

interface Options {
  readonly tensor?: string;
  readonly method: SparseMethod;
  readonly set?: readonly TypedSetting[];
  readonly output?: string;
  readonly orders?: boolean;
  readonly type?: 'float32' | 'float16';
  readonly checkpoints?: string;
  readonly asItStands?: boolean;
  readonly seed: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function addSparseCompress(sparse: Command, context: CliContext): void {
  sparse
    .command('compress')
    .description('write a sparse matrix or tensor as what a method makes of it')
    .argument('<file>', '.mtx or .tns (also .gz), .npz of SciPy, or a weights file')
    .addOption(
      new Option('--method <name>', 'the method; `sparse methods` lists them')
        .argParser(parseSparseMethod)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--set <name=value>', 'a setting of the method; may be repeated').argParser(
        parseSetting,
      ),
    )
    .addOption(sparseTensorOption())
    .addOption(
      new Option(
        '-o, --output <file>',
        'the file to write (default: <name>.neukron or <name>.<method>.safetensors beside the source)',
      ),
    )
    .addOption(ordersOption('store orders too, so that rows and columns keep their places'))
    .addOption(
      new Option('--type <type>', 'of the numbers of a network (default: float32)').choices([
        'float32',
        'float16',
      ]),
    )
    .addOption(checkpointsOption())
    .addOption(
      new Option(
        '--as-it-stands',
        'write the training that --checkpoints holds as far as it has come',
      ),
    )
    .addOption(sparseSeedOption())
    .addOption(new Option('--force', 'replace a file that exists'))
    .addOption(jsonOption())
    .action(async (path: string, options: Options) => {
      await refuseEarly(path, options);
      const offer = await readOffer(context, path, options.tensor);
      const method = usableMethod(options, offer);
      const output = options.output ?? defaultOutput(path, options.tensor, method);
      await requireOutput(path, output, options.force, method);
      const report = await compress(context, path, output, options, offer);
      print(context, options.json, report, () => describeWritten(report));
    });
}

async function compress(
  context: CliContext,
  path: string,
  output: string,
  { method, set = [], tensor, type, checkpoints, asItStands, seed, orders }: Options,
  offer: SparseOffer,
): Promise<SparseReport> {
  const attempt = attemptOf({ method, settings: set }, offer);
  const folder = checkpoints === undefined ? undefined : await checkpointsFolder(checkpoints);
  let reached: SparseEpoch | undefined;
  try {
    const report = await withProgress<SparseReport, SparseCompressProgress>(
      context,
      'Compressing',
      (callOptions) =>
        context.engine.sparseCompress(
          {
            path: resolve(path),
            ...(tensor !== undefined && { tensor }),
            attempt,
            seed,
            withOrders: orders ?? false,
            ...(type && { type }),
            ...(asItStands && { asItStands }),
            ...(folder !== undefined && { checkpoints: folder }),
            output: targetOf(output),
          },
          {
            ...callOptions,
            onProgress: (part) => {
              reached = part.epochs?.at(-1) ?? reached;
              callOptions.onProgress?.({
                ...part,
                ...(reached && { message: epochText(reached) }),
              });
            },
          },
        ),
    );
    return { ...report, source: path, output };
  } catch (error) {
    throw isCancelled(error) && reached ? stoppedTraining(reached, checkpoints) : error;
  }
}

function stoppedTraining({ epoch }: SparseEpoch, checkpoints: string | undefined): CancelledError {
  return new CancelledError(
    checkpoints === undefined
      ? `Cancelled after epoch ${epoch}; with --checkpoints FOLDER a training can be continued.`
      : `Cancelled after epoch ${epoch}; the same command goes on from there, and with --as-it-stands writes what there is.`,
  );
}

/** What needs no look into the file. */
async function refuseEarly(
  path: string,
  { output, force, asItStands, checkpoints }: Options,
): Promise<void> {
  if (asItStands && checkpoints === undefined) {
    throw new UsageError(
      '--as-it-stands writes a training that was stopped; name the folder it was kept in with --checkpoints.',
    );
  }
  // A missing source is told before a missing output folder.
  await stat(path).catch((error: unknown) => {
    throw readError(path, error);
  });
  if (output !== undefined) {
    await requireFree(output, force);
  }
}

function usableMethod(
  { method, type, checkpoints }: Options,
  offer: SparseOffer,
): SparseMethodOffer {
  const found = methodOf(method, offer);
  if (found.unavailable !== undefined) {
    throw new UnsupportedError(
      `"${offer.info.name}": ${method} is not available: ${found.unavailable}`,
      { file: offer.info.name, value: method },
    );
  }
  if (type !== undefined && found.writes !== 'neukron') {
    throw new UsageError(
      `--type is of the numbers of a network, which ${method} has none of; leave it out.`,
      { value: type },
    );
  }
  if (checkpoints !== undefined && !found.isTrained) {
    const trained = offer.methods.filter(({ isTrained }) => isTrained).map((one) => one.method);
    throw new UsageError(
      `${method} has no training that could be continued; --checkpoints is for ${trained.join(' and ')}.`,
    );
  }
  return found;
}

async function requireOutput(
  source: string,
  output: string,
  force: boolean | undefined,
  { method, writes }: SparseMethodOffer,
): Promise<void> {
  if (extname(output).toLowerCase() !== `.${writes}`) {
    throw new UsageError(
      `${method} is written to a .${writes} file, but "${basename(output)}" does not end so; give another name.`,
      { file: output, limit: `.${writes}` },
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

/** Beside the source, whose name loses `.gz` and what it ends with before. */
function defaultOutput(
  source: string,
  tensor: string | undefined,
  { method, writes }: SparseMethodOffer,
): string {
  const whole = basename(source).replace(/\.gz$/i, '');
  const parts = [
    basename(whole, extname(whole)),
    ...(tensor === undefined ? [] : [fileName(tensor)]),
  ];
  const name = [...parts, ...(writes === 'neukron' ? [] : [method]), writes].join('.');
  return join(dirname(source), name);
}

/** A tensor's name may have what a file's must not. */
function fileName(tensor: string): string {
  return tensor.replace(/[^\p{L}\p{N}._-]+/gu, '_');
}
