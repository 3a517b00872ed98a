import { commands } from 'vscode';
import type { Uri } from 'vscode';

const known = new Set<string>();

/** Lets the menus offer what can be done with a pressed file, whatever it is called. */
export function rememberPressed(uri: Uri): void {
  // A menu's `resourcePath` is the one or the other, depending on where the window runs.
  known.add(uri.path).add(uri.fsPath);
  void commands.executeCommand('setContext', 'tensorpress.pressedFiles', [...known]);
}
