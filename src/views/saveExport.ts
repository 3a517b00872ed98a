import { window, workspace } from 'vscode';
import type { Uri } from 'vscode';
import { displayPath } from '../host/compress';
import { announceFile } from '../host/messages';
import { safeFileName } from '../host/safeFileName';
import { fileName, sibling } from '../host/weightFiles';

/** What pages export, by extension. */
const kinds: Readonly<Record<string, string>> = {
  png: 'PNG Pictures',
  svg: 'SVG Pictures',
  csv: 'CSV Tables',
  npy: 'NumPy Arrays',
  json: 'JSON Files',
  md: 'Markdown Files',
};

export interface Export {
  readonly name: string;
  readonly bytes: ArrayBuffer | Uint8Array;
  /** What the file holds, e.g. `the pattern`. */
  readonly what: string;
  /** Of the dialog. */
  readonly title: string;
}

/** Asks for a name beside `source` and writes the bytes. @returns the path, or undefined when dismissed. */
export async function saveExport(
  source: Uri,
  { bytes, name, title, what }: Export,
): Promise<string | undefined> {
  const suggested = sibling(source, safeFileName(name));
  const extension = /\.(\w+)$/.exec(fileName(suggested))?.[1];
  const target = await window.showSaveDialog({
    title,
    saveLabel: 'Export',
    defaultUri: suggested,
    filters: extension === undefined ? {} : { [kinds[extension] ?? 'Files']: [extension] },
  });
  if (!target) {
    return undefined;
  }
  await workspace.fs.writeFile(target, new Uint8Array(bytes));
  const path = displayPath(target);
  announceFile(`Exported ${what} as ${path}.`, target);
  return path;
}
