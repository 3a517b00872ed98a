import { posix } from 'node:path';
import { Uri, TabInputCustom, TabInputText, window, workspace } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { UsageError } from '../failures';
import { weightExtensions } from './weightExtensions';
import { fileName, isWeightsFile } from './weightFiles';

const listed = 500;

interface FileItem extends QuickPickItem {
  readonly uri?: Uri;
}

/**
 * The weights files a command was called for: the Explorer's selection, the editor's file, or, from
 * the palette, the active editor's file or one that the user picks; undefined when dismissed.
 */
export async function weightsFilesOf(
  uri: Uri | undefined,
  selection: unknown,
  title: string,
): Promise<readonly Uri[] | undefined> {
  const selected = Array.isArray(selection) ? selection.filter((item) => item instanceof Uri) : [];
  const chosen = selected.length > 1 ? selected.filter(isWeightsFile) : uri ? [uri] : undefined;
  if (chosen) {
    chosen.forEach(assertWeightsFile);
    return chosen;
  }
  const active = activeFile();
  const picked = active && isWeightsFile(active) ? active : await pickWeightsFile(title);
  return picked && [picked];
}

export function assertWeightsFile(uri: Uri): void {
  if (!isWeightsFile(uri)) {
    throw new UsageError(
      `${fileName(uri)} is not a weights file that TensorPress reads ` +
        `(.${weightExtensions.join(', .')}).`,
      { file: fileName(uri) },
    );
  }
}

/** What files a command is for. */
export interface FileKind {
  readonly placeHolder: string;
  /** Of the files to be listed, without the dot. */
  readonly extensions: readonly string[];
  /** Of the dialog that asks for another one. */
  readonly filters: Record<string, string[]>;
}

const weights: FileKind = {
  placeHolder: 'Choose a weights file',
  extensions: weightExtensions,
  filters: { 'Weight Files': [...weightExtensions] },
};

/** Asks for one of the workspace's weights files, or any other. */
export async function pickWeightsFile(title: string): Promise<Uri | undefined> {
  return pickFile(title, weights);
}

/** Asks for one of the workspace's files of a kind, or any other. */
export async function pickFile(
  title: string,
  { extensions, filters, placeHolder }: FileKind,
): Promise<Uri | undefined> {
  const found = await workspace.findFiles(
    `**/*.{${extensions.join(',')}}`,
    '**/node_modules/**',
    listed,
  );
  if (found.length === 0) {
    return browse(title, filters);
  }
  const items: FileItem[] = found
    .map((uri) => {
      const path = workspace.asRelativePath(uri);
      return { label: fileName(uri), description: posix.dirname(path).replace(/^\.$/, ''), uri };
    })
    .sort((a, b) => a.description.localeCompare(b.description) || a.label.localeCompare(b.label));
  const picked = await window.showQuickPick<FileItem>(
    [...items, { label: '$(folder-opened) Browse…', alwaysShow: true }],
    { title, placeHolder, matchOnDescription: true },
  );
  return picked && (picked.uri ?? browse(title, filters));
}

export async function browseForWeights(title: string): Promise<Uri | undefined> {
  return browse(title, weights.filters);
}

async function browse(title: string, filters: FileKind['filters']): Promise<Uri | undefined> {
  const picked = await window.showOpenDialog({ title, openLabel: 'Choose', filters });
  return picked?.[0];
}

/** The file of the active editor, of text or an own one. */
export function activeFile(): Uri | undefined {
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof TabInputCustom || input instanceof TabInputText ? input.uri : undefined;
}
