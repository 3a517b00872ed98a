import { Uri, ViewColumn, window } from 'vscode';
import type { WebviewPanel } from 'vscode';
import type { Services } from '../../host/services';
import { patternsViewType } from '../../protocol/patterns';
import type { PatternsState } from '../../protocol/patterns';
import { PatternsPanel } from './patternsPanel';
import type { InitialPatterns } from './patternsPanel';

/** The open panels of block-sparse patterns, one per file. */
export interface PatternsPanels {
  /** Shows the panel of `uri`, with a tensor where one is given. */
  open(uri: Uri, initial: InitialPatterns): void;
}

/** Registers the panels' revival after a window reload. */
export function registerPatterns(services: Services): PatternsPanels {
  const panels = new Map<string, PatternsPanel>();

  const attach = (uri: Uri, panel: WebviewPanel, initial: InitialPatterns) => {
    const key = uri.toString();
    panels.set(key, new PatternsPanel(services, uri, panel, initial));
    panel.onDidDispose(() => panels.delete(key));
  };

  services.context.subscriptions.push(
    window.registerWebviewPanelSerializer(patternsViewType, {
      deserializeWebviewPanel: async (panel, state: PatternsState | undefined) => {
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
        existing.reveal(initial);
      } else {
        const panel = window.createWebviewPanel(patternsViewType, '', ViewColumn.Active);
        attach(uri, panel, initial);
      }
    },
  };
}
