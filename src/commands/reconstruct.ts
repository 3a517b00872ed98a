import { window } from 'vscode';
import type { Uri } from 'vscode';
import { UsageError } from '../failures';
import { defaultReconstruction, reconstructFile } from '../host/compress';
import { weightsFilesOf } from '../host/pick';
import type { Services } from '../host/services';
import { fileName } from '../host/weightFiles';
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
    await assertPressed(services, source);
    const output =
      optionsOf(options).output ??
      (await window.showSaveDialog({
        title: 'Reconstruct Dense Weights',
        defaultUri: defaultReconstruction(source),
        filters: { Safetensors: ['safetensors'] },
      }));
    return output && reconstructFile(services, { source, output });
  };
  registerCommand(services, commandIds.reconstruct, run, {
    isHeadless: (_, options) => optionsOf(options).output !== undefined,
  });
}

async function assertPressed({ engine, files }: Services, source: Uri): Promise<void> {
  const { pressed } = await engine.inspect({ path: await files.pathOf(source) });
  if (!pressed) {
    throw new UsageError(
      `${fileName(source)} was not written by TensorPress: its weights are dense already.`,
      { file: fileName(source) },
    );
  }
}
