import type { Uri } from 'vscode';
import { compressFile } from '../host/compress';
import { assertWeightsFile, weightsFilesOf } from '../host/pick';
import { runWithNotification } from '../host/progress';
import type { Services } from '../host/services';
import { readSettings } from '../host/settings';
import { fileName } from '../host/weightFiles';
import { UsageError } from '../failures';
import type { PlanBudget, PlanOverride } from '../protocol/choices';
import type { ChoicesResult, CompressReport } from '../protocol/engine';
import type { ChoicesPanels } from '../views/choices/choicesPanels';
import { commandIds } from './ids';
import { optionsOf, registerCommand } from './registerCommand';

/** With an `output`, the command asks nothing and returns the report or rejects. */
export interface CompressOptions {
  readonly budget?: PlanBudget;
  readonly overrides?: readonly PlanOverride[];
  readonly output?: Uri;
}

export function registerCompressWeights(services: Services, panels: ChoicesPanels): void {
  type Options = CompressOptions | readonly Uri[];
  const run = async (uri?: Uri, options?: Options) => {
    const { budget, output, overrides } = optionsOf(options);
    if (uri && output) {
      return compressDirectly(services, uri, { budget, output, overrides });
    }
    const files = await weightsFilesOf(uri, options, 'Compress Weights');
    for (const file of files ?? []) {
      panels.open(file, { budget, overrides });
    }
    return undefined;
  };
  registerCommand(services, commandIds.compressWeights, run, {
    isHeadless: (_, options) => optionsOf(options).output !== undefined,
  });
}

async function compressDirectly(
  services: Services,
  source: Uri,
  { budget, overrides = [], output }: CompressOptions & { readonly output: Uri },
): Promise<CompressReport> {
  assertWeightsFile(source);
  const { engine, files } = services;
  const settings = readSettings(source);
  const path = await files.pathOf(source);
  const asked = budget ?? { kept: settings.defaultKept };
  // Without overrides that name a level, every method's smallest within the error is what counts.
  const levels =
    'maxError' in asked && asked.maxError <= 1 && overrides.length === 0
      ? { error: [asked.maxError] }
      : { kept: settings.keptLevels };
  const result = await runWithNotification<ChoicesResult>({
    title: `Computing choices for ${fileName(source)}`,
    run: (signal, report) =>
      engine.choices(
        { path, methods: settings.methods, ...levels, seed: settings.seed },
        { signal, onProgress: report },
      ),
  });
  const { plan, summary } = await engine.plan({
    file: result.file,
    seed: result.seed,
    sha256: result.sha256,
    tensors: result.tensors,
    choices: result.choices,
    skipped: result.skipped,
    budget: asked,
    overrides,
  });
  if (!summary.feasible) {
    throw new UsageError(summary.reason ?? `${fileName(source)} cannot meet this budget.`);
  }
  return compressFile(services, { source, plan, output });
}
