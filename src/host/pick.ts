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

/** Asks for one of the workspace's weights files, or any other. */
export async function pickWeightsFile(title: string): Promise<Uri | undefined> {
  const found = await workspace.findFiles(
    `**/*.{${weightExtensions.join(',')}}`,
    '**/node_modules/**',
    listed,
  );
  if (found.length === 0) {
    return browseForWeights(title);
  }
  const items: FileItem[] = found
    .map((uri) => {
      const path = workspace.asRelativePath(uri);
      return { label: fileName(uri), description: posix.dirname(path).replace(/^\.$/, ''), uri };
    })
    .sort((a, b) => a.description.localeCompare(b.description) || a.label.localeCompare(b.label));
  const picked = await window.showQuickPick<FileItem>(
    [...items, { label: '$(folder-opened) Browse…', alwaysShow: true }],
    { title, placeHolder: 'Choose a weights file', matchOnDescription: true },
  );
  return picked && (picked.uri ?? browseForWeights(title));
}

export async function browseForWeights(title: string): Promise<Uri | undefined> {
  const picked = await window.showOpenDialog({
    title,
    openLabel: 'Choose',
    filters: { 'Weight Files': [...weightExtensions] },
  });
  return picked?.[0];
}

function activeFile(): Uri | undefined {
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof TabInputCustom || input instanceof TabInputText ? input.uri : undefined;
}
