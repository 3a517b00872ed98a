import { FileSystemError, Uri, commands, window, workspace } from 'vscode';
import type { QuickPickItem } from 'vscode';
import type { Services } from '../host/services';
import { commandIds } from './ids';
import { registerCommand } from './registerCommand';

const sampleName = 'lenet5-mnist.safetensors';

/** With a `folder`, the command asks nothing. */
export interface OpenSampleOptions {
  readonly folder?: Uri;
}

export function registerOpenSample(services: Services): void {
  const run = async (options?: OpenSampleOptions): Promise<Uri | undefined> => {
    const folder = options?.folder ?? (await chooseFolder(services));
    if (!folder) {
      return undefined;
    }
    const sample = Uri.joinPath(folder, sampleName);
    await copyIfAbsent(Uri.joinPath(services.context.extensionUri, 'samples', sampleName), sample);
    await commands.executeCommand(commandIds.inspectWeights, sample);
    return sample;
  };
  registerCommand(services, commandIds.openSample, run, {
    isHeadless: (options) => options?.folder !== undefined,
  });
}

async function copyIfAbsent(source: Uri, target: Uri): Promise<void> {
  try {
    await workspace.fs.copy(source, target, { overwrite: false });
  } catch (error) {
    if (!(error instanceof FileSystemError && error.code === 'FileExists')) {
      throw error;
    }
  }
}

async function chooseFolder({ context }: Services): Promise<Uri | undefined> {
  interface FolderItem extends QuickPickItem {
    readonly folder?: Uri;
  }
  const inWorkspace = (workspace.workspaceFolders ?? []).map(({ name, uri }): FolderItem => ({
    label: `$(folder) ${name}`,
    description: 'workspace',
    folder: uri,
  }));
  const picked = await window.showQuickPick<FolderItem>(
    [
      ...inWorkspace,
      { label: '$(folder-opened) Another Folder…' },
      {
        label: '$(eye) Only Look',
        description: 'keeps the copy outside your folders',
        folder: Uri.joinPath(context.globalStorageUri, 'samples'),
      },
    ],
    { title: 'Open Sample', placeHolder: `Where to put ${sampleName}` },
  );
  if (!picked || picked.folder) {
    return picked?.folder;
  }
  const chosen = await window.showOpenDialog({
    title: 'Open Sample',
    openLabel: 'Copy Here',
    canSelectFiles: false,
    canSelectFolders: true,
  });
  return chosen?.[0];
}
