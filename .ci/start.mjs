// npm start [-- FILE]: sets the checkout up and presses a weights file to a quarter of its size.
import { mkdirSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { giveUp, root, run, setUp } from './setup.mjs';

const [given] = process.argv.slice(2);
// npm runs scripts in the checkout; a path is relative to where it was typed.
const source = given
  ? resolve(process.env.INIT_CWD ?? process.cwd(), given)
  : join(root, 'samples/lenet5-mnist.safetensors');

await setUp().catch(giveUp);

const folder = join(root, 'dist/start');
mkdirSync(folder, { recursive: true });
const name = basename(source, extname(source));
const { code } = await run(
  process.execPath,
  [
    ...['dist/cli.js', 'compress', source, '--kept', '0.25', '--force'],
    ...['--output', join(folder, `${name}.pressed.safetensors`)],
    ...['--save-plan', join(folder, `${name}.press.json`)],
  ],
  { show: true },
);
if (code !== 0) {
  process.exit(code);
}
console.log(`
In VS Code:
  npm run vscode                  the extension on samples/, in a VS Code for the browser
  npm run vscode -- dist/start    the same, on the files just written
  npm run package                 makes tensorpress.vsix, for "Extensions: Install from VSIX…"
Right-click a weights file there and choose "Compress Weights…".`);
