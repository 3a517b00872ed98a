import { RelativePattern, Uri, workspace } from 'vscode';
import { Disposable } from 'vscode';

/** Programs write files in many small steps; one look after the last is enough. */
const quietMs = 250;

/** Calls `onChange` when the file has been written, replaced or deleted and then left alone. */
export function watchFile(uri: Uri, onChange: () => void): Disposable {
  // The folder is watched and compared, because a file's name need not be a valid glob.
  const watcher = workspace.createFileSystemWatcher(
    new RelativePattern(Uri.joinPath(uri, '..'), '*'),
  );
  let timer: NodeJS.Timeout | undefined;
  const note = (changed: Uri) => {
    if (changed.path === uri.path) {
      clearTimeout(timer);
      timer = setTimeout(onChange, quietMs);
    }
  };
  watcher.onDidChange(note);
  watcher.onDidCreate(note);
  watcher.onDidDelete(note);
  return new Disposable(() => {
    clearTimeout(timer);
    watcher.dispose();
  });
}
