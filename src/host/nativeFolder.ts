import { join } from 'node:path';
import type { ExtensionContext } from 'vscode';

/** Where native libraries are installed; the engine looks there, too. */
export function nativeFolder(context: ExtensionContext): string {
  return join(context.globalStorageUri.fsPath, 'native');
}
