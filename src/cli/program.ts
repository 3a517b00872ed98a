import { Command, CommanderError } from 'commander';
import { describeFailure } from '../failures';
import type { BackendChoice } from '../protocol/backends';
import { toolVersion } from '../engine/press/toolVersion';
import { addBackends } from './commands/backends';
import { addBench } from './commands/bench';
import { addChoices } from './commands/choices';
import { addCompress } from './commands/compress';
import { addInspect } from './commands/inspect';
import { addPatterns } from './commands/patterns';
import { addReconstruct } from './commands/reconstruct';
import { addNative } from './commands/native';
import { addSparse } from './commands/sparse';
import type { CliContext } from './context';
import { backendOption, parseThreads } from './options';

/** What the process ends with; docs/cli.md lists them for scripts. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, cancelled: 130 } as const;

/**
 * Runs the command line `args` (without node and script) and says how the process should end. All
 * that goes wrong is one line on stderr.
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  try {
    await createProgram(context).parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    }
    const { kind, message, stack } = describeFailure(error);
    context.stderr(`tensorpress: ${message}\n`);
    if (kind === 'internal' && stack !== undefined) {
      context.stderr(`This is a bug in TensorPress:\n${stack}\n`);
    }
    return kind === 'cancelled'
      ? exitCodes.cancelled
      : kind === 'usage'
        ? exitCodes.usage
        : exitCodes.failed;
  }
}

function createProgram(context: CliContext): Command {
  const program = new Command('tensorpress')
    .description('Makes weight files smaller by low-rank and tensor decompositions.')
    .version(toolVersion)
    .option('--threads <number>', 'threads to compute with (default: all)', parseThreads)
    .addOption(backendOption())
    .hook('preAction', (command) => {
      const { threads, backend } = command.opts<{ threads?: number; backend?: BackendChoice }>();
      if (threads !== undefined) {
        context.useThreads(threads);
      }
      if (backend !== undefined) {
        context.useBackend(backend);
      }
    })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout(text),
      writeErr: (text) => context.stderr(text),
      getOutHelpWidth: () => context.stdoutColumns ?? 80,
      getErrHelpWidth: () => context.stderrColumns ?? 80,
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled (Ctrl-C).\n' +
        '"kept" is always the fraction that remains.',
    );
  addInspect(program, context);
  addChoices(program, context);
  addCompress(program, context);
  addReconstruct(program, context);
  addPatterns(program, context);
  addSparse(program, context);
  addBackends(program, context);
  addBench(program, context);
  addNative(program, context);
  return program;
}
