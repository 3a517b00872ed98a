import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Progress } from '../../../protocol/engine';
import type { SparseInfo } from '../../../protocol/sparse';
import { print, withProgress, type CliContext } from '../../context';
import { jsonOption } from '../../options';
import { sparseTensorOption } from '../../sparseOptions';
import { describeSparse } from '../../sparseReport';
import { describeModel } from '../../sparseModelReport';
import { isModelFile } from './models';

interface Options {
  readonly tensor?: string;
  readonly json?: boolean;
}

export function addSparseInfo(sparse: Command, context: CliContext): void {
  sparse
    .command('info')
    .description('show sizes, nonzeros, density and degrees, or what a compressed file holds')
    .argument(
      '<file>',
      '.mtx or .tns (also .gz), .npz of SciPy, a weights file, or what `sparse compress` wrote',
    )
    .addOption(sparseTensorOption())
    .addOption(jsonOption())
    .action(async (path: string, { tensor, json }: Options) => {
      if (tensor === undefined && (await isModelFile(context, path))) {
        const model = await context.engine.sparseModel(
          { path: resolve(path) },
          { signal: context.signal },
        );
        print(context, json, { file: path, ...model }, () => describeModel(model));
        return;
      }
      const info = await withProgress<SparseInfo, Progress>(context, 'Reading', (callOptions) =>
        context.engine.sparseInfo(
          { path: resolve(path), ...(tensor !== undefined && { tensor }) },
          callOptions,
        ),
      );
      print(context, json, { file: path, ...info }, () =>
        describeSparse(info, context.stdoutColumns),
      );
    });
}
