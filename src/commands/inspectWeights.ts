import { commands } from 'vscode';
import type { Uri } from 'vscode';
import { weightsFilesOf } from '../host/pick';
import type { Services } from '../host/services';
import { inspectorViewTypes } from '../protocol/inspector';
import { commandIds } from './ids';
import { registerCommand } from './registerCommand';

export function registerInspectWeights(services: Services): void {
  registerCommand(
    services,
    commandIds.inspectWeights,
    async (uri?: Uri, selection?: readonly Uri[]) => {
      const files = await weightsFilesOf(uri, selection, 'Open in Weights Inspector');
      for (const file of files ?? []) {
        await commands.executeCommand('vscode.openWith', file, viewTypeFor(file));
      }
    },
  );
}

function viewTypeFor(file: Uri): string {
  return /\.safetensors$/i.test(file.path)
    ? inspectorViewTypes.safetensors
    : inspectorViewTypes.arrays;
}
