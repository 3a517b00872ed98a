import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { Method } from '../../engine/decompositions/decomposition';
import { requireSafetensorsName } from '../../engine/press/names';
import type { Plan, PlanBudget } from '../../engine/selection/plan';
import { UnsupportedError, UsageError } from '../../failures';
import { readError } from '../../io/fileErrors';
import type {
  ChoicesProgress,
  ChoicesRequest,
  ChoicesResult,
  CompressReport,
  Progress,
} from '../../protocol/engine';
import { print, withProgress, type CliContext } from '../context';
import {
  defaultBudget,
  defaultPlanLevels,
  jsonOption,
  methodsOption,
  parseKept,
  parseLevels,
  parseMaxError,
  seedOption,
  tensorOption,
} from '../options';
import { defaultPressedPath, requireFree, targetOf, writeText } from '../outputs';
import { describeCompression } from '../report';

interface Options {
  readonly kept?: number;
  readonly maxError?: number;
  readonly plan?: string;
  readonly tensor?: string[];
  readonly methods: readonly Method[];
  readonly levels?: readonly number[];
  readonly seed: number;
  readonly output?: string;
  readonly savePlan?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function addCompress(program: Command, context: CliContext): void {
  const planConflicts = ['kept', 'maxError', 'tensor', 'methods', 'levels', 'seed'];
  program
    .command('compress')
    .description('write a smaller file, with the best plan under a budget or a given plan')
    .argument('<file>', 'the weights file')
    .addOption(
      new Option(
        '--kept <fraction>',
        `fraction of all parameters of the file that remains (default: ${defaultBudget})`,
      ).argParser(parseKept),
    )
    .addOption(
      new Option(
        '--error, --max-error <error>',
        'instead: largest relative error of each tensor, which gets the smallest choice within it',
      )
        .argParser(parseMaxError)
        .conflicts('kept'),
    )
    .addOption(
      new Option('--plan <file>', 'instead: a plan (*.press.json), followed as it is').conflicts(
        planConflicts,
      ),
    )
    .addOption(tensorOption())
    .addOption(methodsOption())
    .addOption(
      new Option(
        '--levels <list>',
        'kept fractions of a tensor among which to choose (default: from 0.05 to 0.9, denser near --kept; with --error whatever is smallest)',
      ).argParser(parseLevels),
    )
    .addOption(seedOption())
    .addOption(
      new Option(
        '-o, --output <file>',
        'the file to write (default: <name>.pressed.safetensors beside the source)',
      ),
    )
    .addOption(new Option('--save-plan <file>', 'also write the plan, to be used with --plan'))
    .addOption(new Option('--force', 'replace files that exist'))
    .addOption(jsonOption())
    .action(async (path: string, options: Options) => {
      const output = options.output ?? defaultPressedPath(path);
      await requireOutputs(path, output, options);
      const plan = options.plan
        ? await readPlanFile(context, options.plan)
        : await choosePlan(context, path, options);
      const report = await withProgress<CompressReport, Progress>(
        context,
        'Compressing',
        (callOptions) =>
          context.engine.compress(
            { path: resolve(path), plan, output: targetOf(output) },
            callOptions,
          ),
      );
      const complete: Plan = { ...plan, source: { ...plan.source, sha256: report.sha256 } };
      if (options.savePlan !== undefined) {
        await writeText(options.savePlan, await context.engine.formatPlan({ plan: complete }));
      }
      const result = {
        ...report,
        source: path,
        output,
        ...(options.savePlan !== undefined && { planFile: options.savePlan }),
        plan: complete,
      };
      print(context, options.json, result, () =>
        describeCompression(result, options.savePlan, context.stdoutColumns),
      );
    });
}

/** Before anything is computed: what cannot be written in the end is refused now. */
async function requireOutputs(
  source: string,
  output: string,
  { savePlan, plan, force }: Options,
): Promise<void> {
  // A missing source is the engine's to report, in better words than a missing output folder.
  await stat(source).catch((error: unknown) => {
    throw readError(source, error);
  });
  requireSafetensorsName(output);
  if (resolve(source) === resolve(output)) {
    throw new UsageError(
      `The output "${output}" is the source file itself, which is never overwritten; give another name.`,
      { file: output },
    );
  }
  await requireFree(output, force);
  if (savePlan === undefined) {
    return;
  }
  if ([source, output].some((other) => resolve(other) === resolve(savePlan))) {
    throw new UsageError(
      `--save-plan would overwrite "${basename(savePlan)}", the ${resolve(source) === resolve(savePlan) ? 'source' : 'output'}; give another name.`,
      { file: savePlan },
    );
  }
  if (plan === undefined || resolve(plan) !== resolve(savePlan)) {
    await requireFree(savePlan, force);
  }
}

async function readPlanFile(context: CliContext, path: string): Promise<Plan> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw readError(path, error);
  }
  return context.engine.readPlan({ text, file: basename(path) });
}

async function choosePlan(context: CliContext, path: string, options: Options): Promise<Plan> {
  const { tensor, methods, seed, kept, maxError } = options;
  const budget: PlanBudget =
    maxError === undefined ? { kept: kept ?? defaultBudget } : { maxError };
  // Levels are a choice among few; without them every method's smallest within the error is taken.
  const levels: Pick<ChoicesRequest, 'kept' | 'error'> =
    options.levels || maxError === undefined
      ? { kept: options.levels ?? defaultPlanLevels(budget) }
      : { error: [maxError] };
  const result = await withProgress<ChoicesResult, ChoicesProgress>(
    context,
    'Computing choices',
    (callOptions) =>
      context.engine.choices(
        { path, ...(tensor && { tensors: tensor }), methods, ...levels, seed },
        callOptions,
      ),
  );
  const { plan, summary } = await context.engine.plan({ ...result, budget, overrides: [] });
  if (!summary.feasible) {
    throw new UnsupportedError(
      `"${basename(path)}": ${summary.reason ?? 'the budget cannot be met.'}`,
      {
        file: path,
      },
    );
  }
  return plan;
}
