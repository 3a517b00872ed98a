import { randomBytes } from 'node:crypto';
import { Uri } from 'vscode';
import type { Webview } from 'vscode';
import { escapeHtml } from './escapeHtml';

export interface Page {
  readonly extensionUri: Uri;
  /** Name of the bundle in `dist/webview`. */
  readonly name: 'inspector' | 'choices' | 'benchmarks' | 'patterns' | 'sparse';
  readonly title: string;
}

/** Loads `page` into `webview`, with scripts and with access to its own files only. */
export function showPage(webview: Webview, page: Page): void {
  const { extensionUri } = page;
  webview.options = {
    enableScripts: true,
    localResourceRoots: [
      Uri.joinPath(extensionUri, 'dist', 'webview'),
      Uri.joinPath(extensionUri, 'media'),
    ],
  };
  const script = webview.asWebviewUri(
    Uri.joinPath(extensionUri, 'dist', 'webview', `${page.name}.js`),
  );
  const style = webview.asWebviewUri(Uri.joinPath(extensionUri, 'media', 'webview.css'));
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    // Nothing that is not named below: no network, no frames, no images, no eval.
    "default-src 'none'",
    // The page's one bundle; the nonce keeps out whatever a tensor's name may smuggle in.
    `script-src 'nonce-${nonce}'`,
    // The page's stylesheet. Components style themselves through adopted sheets and the CSSOM,
    // which need no permission; the nonce is for the style element in which the toolkit tries
    // whether the browser knows :focus-visible.
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
  ].join('; ');

  webview.html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}" />
    <meta property="csp-nonce" content="${nonce}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="stylesheet" href="${escapeHtml(style.toString())}" />
    <title>${escapeHtml(page.title)}</title>
  </head>
  <body>
    <script nonce="${nonce}" src="${escapeHtml(script.toString())}"></script>
  </body>
</html>
`;
}
