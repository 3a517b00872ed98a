import type { Uri } from 'vscode';
import { UsageError } from '../failures';
import { applyPattern } from '../host/applyPattern';
import { assertWeightsFile, weightsFilesOf } from '../host/pick';
import type { Services } from '../host/services';
import type { PatternOutput, PatternReport, PatternSelection } from '../protocol/patterns';
import type { PatternsPanels } from '../views/patterns/patternsPanels';
import { commandIds } from './ids';
import { optionsOf, registerCommand } from './registerCommand';

/** With an `output`, the command asks nothing and returns the report or rejects. */
export interface PreviewPatternsOptions {
  /** The tensor to show; the largest matrix when left out. */
  readonly tensor?: string;
  readonly output?: Uri;
  /** What is kept, and the form to write it in: with an `output`. */
  readonly selection?: PatternSelection;
  readonly as?: PatternOutput;
  /** Of `kpd`: the largest within the bytes of BSR when left out. */
  readonly rank?: number;
}

export function registerPreviewPatterns(services: Services, panels: PatternsPanels): void {
  type Options = PreviewPatternsOptions | readonly Uri[];
  const run = async (uri?: Uri, options?: Options): Promise<PatternReport | undefined> => {
    const { output, tensor, ...wanted } = optionsOf(options);
    if (uri && output) {
      return applyDirectly(services, uri, { ...wanted, output });
    }
    const files = await weightsFilesOf(uri, options, 'Preview Block-Sparse Patterns');
    for (const file of files ?? []) {
      panels.open(file, { tensor });
    }
    return undefined;
  };
  registerCommand(services, commandIds.previewPatterns, run, {
    isHeadless: (_, options) => optionsOf(options).output !== undefined,
  });
}

function applyDirectly(
  services: Services,
  source: Uri,
  { as, output, rank, selection }: PreviewPatternsOptions & { readonly output: Uri },
): Promise<PatternReport> {
  assertWeightsFile(source);
  if (!selection || as === undefined) {
    throw new UsageError('To write a pattern, give `selection` and `as` together with `output`.');
  }
  return applyPattern(services, { source, selection, as, rank, output });
}
