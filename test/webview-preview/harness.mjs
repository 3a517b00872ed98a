import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { themeCss, themes } from './themes.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** As strict as the page's own policy in VS Code. */
const nonce = 'preview';
const policy = `default-src 'none'; style-src 'self' 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;

/** Bundles the pages with their fake hosts and serves them on the loopback interface. */
export async function servePreview() {
  const { outputFiles } = await build({
    entryPoints: [here('./previewPage.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
  });
  const script = outputFiles[0].contents;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const theme = url.searchParams.get('theme') ?? 'dark';
    const send = (type, body) => {
      response.setHeader('content-type', `${type}; charset=utf-8`);
      response.setHeader('content-security-policy', policy);
      response.end(body);
    };
    switch (url.pathname) {
      case '/':
        return send('text/html', pageHtml(theme));
      case '/page.js':
        return send('text/javascript', script);
      case '/webview.css':
        return send('text/css', await readFile(here('../../media/webview.css')));
      case '/theme.css':
        return send('text/css', themeCss(theme));
      default:
        response.statusCode = 404;
        return response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    url: (page, state, theme = 'dark') =>
      `http://127.0.0.1:${port}/?page=${page}&state=${state}&theme=${theme}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

function pageHtml(theme) {
  const { kind } = themes[theme];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta property="csp-nonce" content="${nonce}"><title>TensorPress</title>
<link rel="stylesheet" href="/theme.css?theme=${theme}"><link rel="stylesheet" href="/webview.css">
</head>
<body class="${kind}" data-vscode-theme-kind="${kind}"><script nonce="${nonce}" src="/page.js"></script></body>
</html>`;
}

export async function launchChromium(executablePath) {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
}
