import { commands } from 'vscode';
import type { Uri } from 'vscode';

/** Files of one kind, whatever they are called, for the `when` clauses of menus. */
function createRemembered(contextKey: string): (uri: Uri) => void {
  const known = new Set<string>();
  return (uri) => {
    // A menu's `resourcePath` is the one or the other, depending on where the window runs.
    known.add(uri.path).add(uri.fsPath);
    void commands.executeCommand('setContext', contextKey, [...known]);
  };
}

/** Lets the menus offer what can be done with a pressed file. */
export const rememberPressed = createRemembered('tensorpress.pressedFiles');

/** Lets the menus offer what can be done with a file of factors of a sparse matrix. */
export const rememberCompressedSparse = createRemembered('tensorpress.compressedSparseFiles');
