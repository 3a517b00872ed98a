import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { Progress } from '../../protocol/engine';
import type { SparseInfo } from '../../protocol/sparse';
import { print, withProgress, type CliContext } from '../context';
import { jsonOption } from '../options';
import { describeSparse } from '../sparseReport';

interface InfoOptions {
  readonly tensor?: string;
  readonly json?: boolean;
}

export function addSparse(program: Command, context: CliContext): void {
  const sparse = program.command('sparse').description('sparse matrices and tensors');
  sparse
    .command('info')
    .description('show sizes, nonzeros, density and degrees of a sparse matrix or tensor')
    .argument('<file>', '.mtx or .tns (also .gz), .npz of SciPy, or a weights file')
    .addOption(
      new Option('--tensor <name>', 'the tensor of a weights file (default: the only one)'),
    )
    .addOption(jsonOption())
    .action(async (path: string, { tensor, json }: InfoOptions) => {
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
