// npm run vscode [-- FOLDER]: the extension of this checkout in a VS Code for the browser.
import { resolve } from 'node:path';
import { readFile } from 'node:fs/promises';
import { installVSCode } from './install';
import { startServer } from './server';

const workspace = resolve(process.argv[2] ?? 'samples');
const manifest = JSON.parse(await readFile('package.json', 'utf8')) as Record<string, string>;
const installation = await installVSCode(console.log);
const server = await startServer(installation, {
  development: {
    folder: process.cwd(),
    id: `${manifest.publisher}.${manifest.name}-${manifest.version}`,
  },
});
const address = `${server.origin}/?folder=${encodeURIComponent(workspace)}`;
console.log(`\n  VS Code with TensorPress on ${workspace}:\n\n    ${address}\n`);
console.log('  Right-click a weights file and choose "Compress Weights…". Ctrl-C ends it.\n');

const keepAlive = setInterval(() => undefined, 60_000);
const end = () => {
  clearInterval(keepAlive);
  void server.stop().then(() => process.exit(0));
};
process.once('SIGINT', end);
process.once('SIGTERM', end);
