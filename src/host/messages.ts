import { UIKind, commands, env, window, workspace } from 'vscode';
import type { LogOutputChannel, Uri } from 'vscode';
import { describeFailure } from '../failures';
import type { FailureData } from '../failures';

const showLog = 'Show Log';
const openSettings = 'Open Settings';
const reveal = 'Reveal';
const open = 'Open';

/**
 * The one policy for errors: whole in the log, one message with at most two actions; a
 * cancellation says nothing. The message is not awaited, it may stay as long as it likes.
 */
export function reportFailure(log: LogOutputChannel, doing: string, thrown: unknown): void {
  const failure = logFailure(log, doing, thrown);
  if (failure.kind === 'cancelled') {
    return;
  }
  // Messages that ask for a setting to be changed name it.
  const setting = /tensorpress\.[a-zA-Z]+/.exec(failure.message)?.[0];
  const actions = setting ? [showLog, openSettings] : [showLog];
  void window.showErrorMessage(failure.message, ...actions).then((action) => {
    if (action === showLog) {
      log.show();
    } else if (action === openSettings) {
      void commands.executeCommand('workbench.action.openSettings', setting);
    }
  });
}

/** For failures that something else shows, such as a page. */
export function logFailure(log: LogOutputChannel, doing: string, thrown: unknown): FailureData {
  const failure = describeFailure(thrown);
  if (failure.kind === 'cancelled') {
    log.info(`${doing}: cancelled`);
  } else {
    log.error(`${doing}: ${failure.stack ?? failure.message}`, failure.details);
  }
  return failure;
}

/** Says what was written, with Reveal and Open. */
export function announceFile(message: string, uri: Uri): void {
  void window.showInformationMessage(message, reveal, open).then((action) => {
    if (action === reveal) {
      void revealFile(uri);
    } else if (action === open) {
      void openFile(uri);
    }
  });
}

/** In the Explorer when the workspace has the file, otherwise where the system shows files. */
export async function revealFile(uri: Uri): Promise<void> {
  const inWorkspace = workspace.getWorkspaceFolder(uri) !== undefined;
  const canUseSystem = env.uiKind === UIKind.Desktop && env.remoteName === undefined;
  if (inWorkspace || !canUseSystem) {
    await commands.executeCommand('revealInExplorer', uri);
  } else {
    await commands.executeCommand('revealFileInOS', uri);
  }
}

export async function openFile(uri: Uri): Promise<void> {
  await commands.executeCommand('vscode.open', uri);
}
