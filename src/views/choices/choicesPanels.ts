import { join } from 'node:path';
import { Uri, ViewColumn, window } from 'vscode';
import type { WebviewPanel } from 'vscode';
import type { Services } from '../../host/services';
import { choicesViewType } from '../../protocol/choices';
import type { ChoicesState } from '../../protocol/choices';
import { createChoicesCache } from './choicesCache';
import { ChoicesPanel } from './choicesPanel';
import type { InitialChoices } from './choicesPanel';

/** The open Decomposition Choices panels, one per file. */
export interface ChoicesPanels {
  /** Shows the panel of `uri`, with a budget and overrides if it is a new one. */
  open(uri: Uri, initial: InitialChoices): void;
}

/** Registers the panels' revival after a window reload. */
export function registerChoices(services: Services): ChoicesPanels {
  const { context } = services;
  const storage = context.storageUri ?? context.globalStorageUri;
  const cache = createChoicesCache(join(storage.fsPath, 'choices'));
  const panels = new Map<string, ChoicesPanel>();

  const attach = (uri: Uri, panel: WebviewPanel, initial: InitialChoices) => {
    const key = uri.toString();
    panels.set(key, new ChoicesPanel(services, cache, uri, panel, initial));
    panel.onDidDispose(() => panels.delete(key));
  };

  context.subscriptions.push(
    window.registerWebviewPanelSerializer(choicesViewType, {
      deserializeWebviewPanel: async (panel, state: ChoicesState | undefined) => {
        if (state && !panels.has(state.uri)) {
          attach(Uri.parse(state.uri, true), panel, state);
        } else {
          // Closed before its page had anything to keep, or open already.
          panel.dispose();
        }
      },
    }),
  );

  return {
    open: (uri, initial) => {
      const existing = panels.get(uri.toString());
      if (existing) {
        existing.reveal();
      } else {
        const panel = window.createWebviewPanel(choicesViewType, '', ViewColumn.Active);
        attach(uri, panel, initial);
      }
    },
  };
}
