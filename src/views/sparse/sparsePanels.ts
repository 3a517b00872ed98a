import { join } from 'node:path';
import { Uri, ViewColumn, window } from 'vscode';
import type { WebviewPanel } from 'vscode';
import type { Services } from '../../host/services';
import { writeSparse } from '../../host/writeSparse';
import type { SparseWriteTask } from '../../host/writeSparse';
import { sparseViewType } from '../../protocol/sparse';
import type { SparseReport, SparseState } from '../../protocol/sparse';
import { createKeyedCache } from '../keyedCache';
import { SparsePanel } from './sparsePanel';
import type { InitialSparse, SparseResources } from './sparsePanel';
import type { KeptOutcome } from './sparseStore';
import { SparseTurns } from './sparseTurns';

/** The open panels of sparse matrices and tensors, one per file and tensor. */
export interface SparsePanels {
  /** Shows the panel of `uri`; `tensor` is one of a weights file. */
  open(uri: Uri, initial: Pick<InitialSparse, 'tensor'>): void;
  /** Writes a file without a panel; trainings of panels make room for it. */
  write(task: SparseWriteTask): Promise<SparseReport>;
}

/** Registers the panels' revival after a window reload. */
export function registerSparse(services: Services): SparsePanels {
  const { context } = services;
  const storage = context.storageUri ?? context.globalStorageUri;
  const turns = new SparseTurns();
  const resources: SparseResources = {
    services,
    turns,
    // Not the folder of the trainings, where both could be the same: each is kept within its own bounds.
    cache: createKeyedCache<readonly KeptOutcome[]>(join(storage.fsPath, 'sparse-points')),
  };
  const panels = new Map<string, SparsePanel>();
  const keyOf = (uri: Uri, tensor: string | undefined) => JSON.stringify([uri.toString(), tensor]);

  const attach = (uri: Uri, panel: WebviewPanel, initial: InitialSparse) => {
    const key = keyOf(uri, initial.tensor);
    panels.set(key, new SparsePanel(resources, uri, panel, initial));
    panel.onDidDispose(() => panels.delete(key));
  };

  context.subscriptions.push(
    window.registerWebviewPanelSerializer(sparseViewType, {
      deserializeWebviewPanel: async (panel, state: SparseState | undefined) => {
        const uri = state && Uri.parse(state.uri, true);
        if (uri && !panels.has(keyOf(uri, state.tensor))) {
          attach(uri, panel, state);
        } else {
          // Closed before its page had anything to keep, or open already.
          panel.dispose();
        }
      },
    }),
  );

  return {
    open: (uri, initial) => {
      const existing = panels.get(keyOf(uri, initial.tensor));
      if (existing) {
        existing.reveal();
      } else {
        const panel = window.createWebviewPanel(sparseViewType, '', ViewColumn.Active);
        attach(uri, panel, initial);
      }
    },
    write: (task) => turns.short(() => writeSparse(services, task)),
  };
}
