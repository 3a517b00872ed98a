// Runs a TypeScript program of the tests or tools: node test/vscode/run.mjs FILE.ts [arguments]
import { spawn } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [file = '', ...args] = process.argv.slice(2);
const outfile = join(root, 'dist/tools', `${basename(file, '.ts')}.mjs`);

await build({
  absWorkingDir: root,
  entryPoints: [file],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'warning',
});
const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...args], {
  cwd: root,
  stdio: 'inherit',
});
// A terminal sends Ctrl-C to both; the program ends in its own way, and this one after it.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
}
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
