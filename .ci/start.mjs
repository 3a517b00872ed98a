// npm start [-- FILE]: sets the checkout up and presses a weights file to a quarter of its size.
import { mkdirSync } from 'node:fs';
import { basename, extname, join, relative, resolve } from 'node:path';
import { root, run, setUp } from './setup.mjs';

const kept = 0.25;
const [given] = process.argv.slice(2);
// npm runs scripts in the checkout; a path typed elsewhere is relative to where it was typed.
const source = given
  ? resolve(process.env.INIT_CWD ?? process.cwd(), given)
  : join(root, 'samples/lenet5-mnist.safetensors');

await setUp();

const folder = join(root, 'dist/start');
mkdirSync(folder, { recursive: true });
const stem = basename(source, extname(source));
const output = join(folder, `${stem}.pressed.safetensors`);
const plan = join(folder, `${stem}.press.json`);
const { code } = await run(
  process.execPath,
  [
    join(root, 'dist/cli.js'),
    'compress',
    source,
    '--kept',
    String(kept),
    '--output',
    output,
    '--save-plan',
    plan,
    '--force',
  ],
  { show: true },
);
if (code !== 0) {
  process.exit(code);
}
console.log(`
In VS Code:
  npm run vscode     opens a VS Code in the browser with the extension and ${relative(root, join(root, 'samples'))}/
  npm run package    makes tensorpress.vsix; install it with "Extensions: Install from VSIX…"
Then right-click a weights file and choose TensorPress: Compress Weights…`);
