import { commands, env, window } from 'vscode';
import type { CustomReadonlyEditorProvider, Uri, WebviewPanel } from 'vscode';
import { commandIds } from '../../commands/ids';
import { isCancelled } from '../../failures';
import { logFailure } from '../../host/messages';
import { rememberCompressedSparse, rememberPressed } from '../../host/pressedFiles';
import type { Services } from '../../host/services';
import { compressedSparseKey } from '../../host/sparseExtensions';
import { readSettings } from '../../host/settings';
import { fileName } from '../../host/weightFiles';
import { inspectorViewTypes } from '../../protocol/inspector';
import type { InspectorHost, InspectorPageEvents } from '../../protocol/inspector';
import type { Rpc, Server } from '../../protocol/rpc';
import { connectPage } from '../connectPage';
import { showPage } from '../webview';
import { watchFile } from '../watchFile';

/** Only the path: what a 10 GB file holds stays on disk until a tensor is looked at. */
interface InspectorDocument {
  readonly uri: Uri;
  dispose(): void;
}

type FileOrFailure = InspectorPageEvents['fileChanged'];

/** Registers the Weights Inspector for both of its kinds of files. */
export function registerInspector(services: Services): void {
  const provider: CustomReadonlyEditorProvider<InspectorDocument> = {
    openCustomDocument: (uri) => ({ uri, dispose: () => {} }),
    resolveCustomEditor: (document, panel) => showInspector(services, document.uri, panel),
  };
  for (const viewType of Object.values(inspectorViewTypes)) {
    services.context.subscriptions.push(
      window.registerCustomEditorProvider(viewType, provider, {
        supportsMultipleEditorsPerDocument: true,
      }),
    );
  }
}

function showInspector(services: Services, uri: Uri, panel: WebviewPanel): void {
  const { context, log } = services;
  let page: Rpc | undefined;
  const connection = connectPage(
    panel.webview,
    (rpc) => {
      page = rpc;
      rpc.serve<InspectorHost>(createInspectorHost(services, uri));
    },
    (error) => log.error(`Inspector of ${fileName(uri)}: ${error.message}`),
  );
  const watcher = watchFile(uri, () => {
    void inspect(services, uri).then((file) =>
      page?.emit<InspectorPageEvents, 'fileChanged'>('fileChanged', file),
    );
  });
  panel.onDidDispose(() => {
    connection.dispose();
    watcher.dispose();
  });
  panel.title = fileName(uri);
  showPage(panel.webview, {
    extensionUri: context.extensionUri,
    name: 'inspector',
    title: `Weights Inspector: ${fileName(uri)}`,
  });
}

function createInspectorHost(services: Services, uri: Uri): Server<InspectorHost> {
  const { engine, files, log } = services;
  return {
    ready: () => inspect(services, uri),
    statistics: async ({ tensor }, { signal, emit }) => {
      try {
        return await engine.statistics(
          { path: await files.pathOf(uri), tensor, bins: readSettings(uri).histogramBins },
          { signal, onProgress: emit },
        );
      } catch (thrown) {
        logFailure(log, `Statistics of ${tensor} in ${fileName(uri)}`, thrown);
        throw thrown;
      }
    },
    thumbnails: async ({ size, tensors }, { signal, emit }) => {
      try {
        return await engine.thumbnails(
          { path: await files.pathOf(uri), tensors, size },
          { signal, onProgress: emit },
        );
      } catch (thrown) {
        // Rows that have been scrolled away are no news.
        if (!isCancelled(thrown)) {
          logFailure(log, `Pictures of ${fileName(uri)}`, thrown);
        }
        throw thrown;
      }
    },
    compress: async () => {
      await commands.executeCommand(commandIds.compressWeights, uri);
    },
    patterns: async ({ tensor }) => {
      await commands.executeCommand(commandIds.previewPatterns, uri, { tensor });
    },
    sparse: async ({ tensor }) => {
      await commands.executeCommand(commandIds.compressSparse, uri, { tensor });
    },
    reconstruct: async () => {
      await commands.executeCommand(commandIds.reconstruct, uri);
    },
    copy: async ({ text }) => {
      await env.clipboard.writeText(text);
    },
  };
}

async function inspect({ engine, files, log }: Services, uri: Uri): Promise<FileOrFailure> {
  try {
    const file = await engine.inspect({ path: await files.pathOf(uri) });
    // Ticks off the walkthrough's step.
    void commands.executeCommand('setContext', 'tensorpress.hasInspected', true);
    if (file.pressed) {
      rememberPressed(uri);
    }
    if (compressedSparseKey in file.metadata) {
      rememberCompressedSparse(uri);
    }
    return { file };
  } catch (thrown) {
    return { failure: logFailure(log, `Inspecting ${fileName(uri)}`, thrown) };
  }
}
