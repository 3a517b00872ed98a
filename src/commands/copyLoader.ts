import { Uri, env, window, workspace } from 'vscode';
import type { Services } from '../host/services';
import { commandIds } from './ids';
import { registerCommand } from './registerCommand';

export function registerCopyLoader(services: Services): void {
  registerCommand(services, commandIds.copyLoader, async () => {
    const loader = Uri.joinPath(services.context.extensionUri, 'media', 'loader.py');
    await env.clipboard.writeText(new TextDecoder().decode(await workspace.fs.readFile(loader)));
    void window.showInformationMessage(
      'A PyTorch loader for pressed files is on the clipboard: paste it into a Python file.',
    );
  });
}
