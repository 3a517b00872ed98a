import { Uri, window } from 'vscode';
import type { CustomReadonlyEditorProvider, Webview, WebviewPanel } from 'vscode';
import { commandIds } from '../../commands/ids';
import { logFailure } from '../../host/messages';
import type { Services } from '../../host/services';
import { fileName } from '../../host/weightFiles';
import type { FailureData, SparseModelInfo } from '../../protocol/sparse';
import { watchFile } from '../watchFile';
import { sparseModelHtml } from './sparseModelHtml';

export const sparseModelViewType = 'tensorpress.sparseModel';

/** Only the path: the file is read when it is shown. */
interface SparseModelDocument {
  readonly uri: Uri;
  dispose(): void;
}

/** Registers what a `.neukron` shows when it is opened: its figures, and the way back. */
export function registerSparseModel(services: Services): void {
  const provider: CustomReadonlyEditorProvider<SparseModelDocument> = {
    openCustomDocument: (uri) => ({ uri, dispose: () => {} }),
    resolveCustomEditor: (document, panel) => showSparseModel(services, document.uri, panel),
  };
  services.context.subscriptions.push(
    window.registerCustomEditorProvider(sparseModelViewType, provider, {
      supportsMultipleEditorsPerDocument: true,
    }),
  );
}

async function showSparseModel(services: Services, uri: Uri, panel: WebviewPanel): Promise<void> {
  const { webview } = panel;
  webview.options = {
    // The page has no script; its one link is a command.
    enableScripts: false,
    enableCommandUris: [commandIds.decompressSparse],
    localResourceRoots: [Uri.joinPath(services.context.extensionUri, 'media')],
  };
  let latest = 0;
  const render = async () => {
    const mine = ++latest;
    const content = await readModel(services, uri);
    // Closed, or read again, meanwhile.
    if (mine === latest) {
      showContent(services, uri, webview, content);
    }
  };
  const watcher = watchFile(uri, () => void render());
  panel.onDidDispose(() => {
    watcher.dispose();
    latest = 0;
  });
  await render();
}

function showContent(
  { context: { extensionUri } }: Services,
  uri: Uri,
  webview: Webview,
  content: SparseModelInfo | FailureData,
): void {
  const style = webview.asWebviewUri(Uri.joinPath(extensionUri, 'media', 'webview.css'));
  const argument = encodeURIComponent(JSON.stringify([uri.toString()]));
  webview.html = sparseModelHtml({
    name: fileName(uri),
    content,
    style: style.toString(),
    styleSource: webview.cspSource,
    decompress: `command:${commandIds.decompressSparse}?${argument}`,
  });
}

async function readModel(
  { engine, files, log }: Services,
  uri: Uri,
): Promise<SparseModelInfo | FailureData> {
  try {
    return await engine.sparseModel({ path: await files.pathOf(uri) });
  } catch (thrown) {
    return logFailure(log, `Reading ${fileName(uri)}`, thrown);
  }
}
