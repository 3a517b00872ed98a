import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { SparseMethod } from '../../../engine/sparse/sparseModel';
import { UnsupportedError } from '../../../failures';
import type { SparseAttempt, SparseOffer } from '../../../protocol/sparse';
import { print, type CliContext } from '../../context';
import { jsonOption, parseMinutes } from '../../options';
import { attemptOf, methodOf } from '../../sparseAttempts';
import {
  describeComparison,
  frontOf,
  unavailableSentences,
  type ComparedFile,
} from '../../sparseComparison';
import {
  checkpointsFolder,
  checkpointsOption,
  ordersOption,
  parseSparseMethods,
  parseTry,
  sparseSeedOption,
  sparseTensorOption,
  type TypedAttempt,
} from '../../sparseOptions';
import { runComparison, stoppedError } from '../../sparseRun';
import { readOffer } from './offer';

interface Options {
  readonly tensor?: string;
  readonly methods?: readonly SparseMethod[];
  readonly try?: readonly TypedAttempt[];
  readonly minutes?: number;
  readonly checkpoints?: string;
  readonly seed: number;
  readonly orders?: boolean;
  readonly json?: boolean;
}

export function addSparseCompare(sparse: Command, context: CliContext): void {
  sparse
    .command('compare')
    .description('run several methods on a sparse matrix or tensor: error against bytes')
    .argument('<file>', '.mtx or .tns (also .gz), .npz of SciPy, or a weights file')
    .addOption(sparseTensorOption())
    .addOption(
      new Option(
        '--methods <list>',
        'the suggested settings of these methods, separated by commas (default: of all; with --try none)',
      ).argParser(parseSparseMethods),
    )
    .addOption(
      new Option(
        '--try <attempt>',
        "a method with settings, e.g. 'tsvd rank=20'; may be repeated; `sparse methods` lists them",
      ).argParser(parseTry),
    )
    .addOption(
      new Option('--minutes <number>', 'stop after so long, with what is finished').argParser(
        parseMinutes,
      ),
    )
    .addOption(checkpointsOption())
    .addOption(sparseSeedOption())
    .addOption(ordersOption('compare sizes with orders, as where positions must be kept'))
    .addOption(jsonOption())
    .action(async (path: string, options: Options) => {
      const { tensor, checkpoints, seed, minutes, orders: withOrders = false, json } = options;
      const offer = await readOffer(context, path, tensor);
      const { attempts, unavailable } = chosen(options, offer);
      const run = await runComparison(
        context,
        {
          path: resolve(path),
          ...(tensor !== undefined && { tensor }),
          attempts,
          seed,
          ...(checkpoints !== undefined && { checkpoints: await checkpointsFolder(checkpoints) }),
        },
        offer,
        minutes,
      );
      const { bytes, squaredNorm } = offer.info;
      const { raw, orders } = bytes;
      const compared: ComparedFile = {
        file: path,
        ...(tensor !== undefined && { tensor }),
        seed,
        ...run,
        withOrders,
        bytes: { raw, orders },
        front: frontOf(run.outcomes, { rawBytes: raw, squaredNorm, withOrders }),
        unavailable,
      };
      print(context, json, compared, () =>
        describeComparison(compared, offer, context.stdoutColumns),
      );
      if (run.stopped === 'cancelled') {
        throw stoppedError(run);
      }
      if (run.outcomes.every(({ failure }) => failure)) {
        throw new UnsupportedError('None of the attempts gave a result.', { file: path });
      }
    });
}

/**
 * What to run, and which of the methods asked for cannot be.
 * @throws UsageError for settings that a method does not have, UnsupportedError when nothing remains.
 */
function chosen(
  { methods, try: tries = [] }: Options,
  offer: SparseOffer,
): { attempts: SparseAttempt[]; unavailable: ComparedFile['unavailable'] } {
  const all = offer.methods.map(({ method }) => method);
  const suggested = methods ?? (tries.length > 0 ? [] : all);
  const asked = new Set([...suggested, ...tries.map(({ method }) => method)]);
  const unavailable = [...asked].flatMap((method) => {
    const reason = methodOf(method, offer).unavailable;
    return reason === undefined ? [] : [{ method, reason }];
  });
  const attempts = [
    ...suggested.flatMap((method) => methodOf(method, offer).suggested),
    ...tries
      .filter(({ method }) => methodOf(method, offer).unavailable === undefined)
      .map((typed) => attemptOf(typed, offer)),
  ];
  if (attempts.length === 0) {
    throw new UnsupportedError(
      `"${offer.info.name}": ${unavailableSentences(unavailable).join(' ')}`,
      { file: offer.info.name },
    );
  }
  return { attempts, unavailable };
}
