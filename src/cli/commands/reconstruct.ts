import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { UsageError } from '../../failures';
import type { Progress, ReconstructReport } from '../../protocol/engine';
import { print, withProgress, type CliContext } from '../context';
import { jsonOption } from '../options';
import { defaultDensePath, requireFree, targetOf } from '../outputs';
import { printable } from '../table';
import { formatBytes, formatCount, formatSeconds } from '../text';

interface Options {
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function addReconstruct(program: Command, context: CliContext): void {
  program
    .command('reconstruct')
    .description('write the dense approximation of a compressed file, in the format of its source')
    .argument('<file>', 'a file written by compress')
    .addOption(
      new Option(
        '-o, --output <file>',
        'the file to write; its extension decides about the format (default: <name>.dense beside it)',
      ),
    )
    .addOption(new Option('--force', 'replace a file that exists'))
    .addOption(jsonOption())
    .action(async (path: string, { output: given, force, json }: Options) => {
      const output = given ?? (await defaultOutput(context, path));
      await requireFree(output, force);
      const report = await withProgress<ReconstructReport, Progress>(
        context,
        'Reconstructing',
        (options) =>
          context.engine.reconstruct({ path: resolve(path), output: targetOf(output) }, options),
      );
      const result = { ...report, source: path, output };
      print(context, json, result, () => describe(result));
    });
}

async function defaultOutput(context: CliContext, path: string): Promise<string> {
  const { name, pressed, pressedProblem } = await context.engine.inspect(
    { path },
    { signal: context.signal },
  );
  if (!pressed) {
    throw new UsageError(
      pressedProblem ?? `"${name}" was not written by TensorPress: its weights are dense already.`,
      { file: path },
    );
  }
  return defaultDensePath(path, pressed.sourceFormat);
}

function describe(report: ReconstructReport): string[] {
  const { output, sourceBytes, outputBytes, reconstructed, elapsedMs } = report;
  return [
    `Wrote ${printable(output)}: ${formatBytes(outputBytes)} (the compressed file has ${formatBytes(sourceBytes)}), ` +
      `${formatCount(reconstructed.length)} tensors reconstructed in ${formatSeconds(elapsedMs)}.`,
  ];
}
