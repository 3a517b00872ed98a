import { window } from 'vscode';
import type { Uri } from 'vscode';
import { FormatError, UsageError } from '../failures';
import { defaultReconstruction, reconstructFile } from '../host/compress';
import { weightsFilesOf } from '../host/pick';
import type { Services } from '../host/services';
import { weightExtensions } from '../host/weightExtensions';
import { fileName } from '../host/weightFiles';
import type { FileSummary } from '../protocol/engine';
import { commandIds } from './ids';
import { optionsOf, registerCommand } from './registerCommand';

/** With an `output`, the command asks nothing and returns the report or rejects. */
export interface ReconstructOptions {
  readonly output?: Uri;
}

export function registerReconstruct(services: Services): void {
  type Options = ReconstructOptions | readonly Uri[];
  const run = async (uri?: Uri, options?: Options) => {
    const [source] = (await weightsFilesOf(uri, [], 'Reconstruct Dense Weights')) ?? [];
    if (!source) {
      return undefined;
    }
    const { sourceFormat } = await inspectPressed(services, source);
    const output =
      optionsOf(options).output ??
      (await window.showSaveDialog({
        title: 'Reconstruct Dense Weights',
        defaultUri: defaultReconstruction(source, sourceFormat),
        filters: { 'Weight Files': [sourceFormat, ...others(sourceFormat)] },
      }));
    return output && reconstructFile(services, { source, output });
  };
  registerCommand(services, commandIds.reconstruct, run, {
    isHeadless: (_, options) => optionsOf(options).output !== undefined,
  });
}

function others(format: string): readonly string[] {
  return weightExtensions.filter((extension) => extension !== format);
}

async function inspectPressed(
  { engine, files }: Services,
  source: Uri,
): Promise<NonNullable<FileSummary['pressed']>> {
  const { pressed, pressedProblem } = await engine.inspect({ path: await files.pathOf(source) });
  if (!pressed) {
    throw pressedProblem
      ? new FormatError(pressedProblem, { file: fileName(source) })
      : new UsageError(
          `${fileName(source)} was not written by TensorPress: its weights are dense already.`,
          { file: fileName(source) },
        );
  }
  return pressed;
}
