// Sets a checkout up: packages when they are missing or stale, then the bundles. Needs no package
// itself, so that it can be the first thing to run after a clone.
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packagesStamp = join(root, 'node_modules', '.tensorpress-packages');
const buildStamp = join(root, 'dist', '.tensorpress-build');
const oldestNode = [20, 12];

/**
 * Runs a program and resolves to its exit code and what it printed.
 * @param {string} command
 * @param {string[]} args
 * @param {{ show?: boolean, env?: NodeJS.ProcessEnv, cwd?: string }} [options] `show` passes the output on as it comes
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: options.show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    child.stdout?.on('data', (data) => (output += data));
    child.stderr?.on('data', (data) => (output += data));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** `run`, or the end of the process with what was printed. */
export async function runOrExit(command, args, options = {}) {
  const { code, output } = await run(command, args, options);
  if (code !== 0) {
    console.error(output);
    console.error(`\n${[command, ...args].join(' ')} ended with exit code ${code}.`);
    process.exit(1);
  }
  return output;
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    console.error(
      `TensorPress needs Node ${oldestNode.join('.')} or newer to be built; this is ${process.versions.node}.`,
    );
    process.exit(1);
  }
}

function packagesKey() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  return `${hash.digest('hex')} node ${process.versions.node.split('.')[0]}`;
}

async function installPackages() {
  const key = packagesKey();
  if (existsSync(packagesStamp) && readFileSync(packagesStamp, 'utf8') === key) {
    return;
  }
  console.log('Installing packages (about a minute) …');
  const { code, output } = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) {
    console.error(output);
    console.error('\nnpm ci failed: see above. It needs the npm registry and a writable folder.');
    process.exit(1);
  }
  if (!existsSync(join(root, 'node_modules/@tensorflow/tfjs-node'))) {
    console.log('Native TensorFlow is optional and not installed; WebAssembly does the work.');
  }
  writeFileSync(packagesStamp, key);
}

/** Newest change below the paths, in ms. */
function newestChange(paths) {
  let newest = 0;
  for (const path of paths) {
    const full = join(root, path);
    const status = statSync(full, { throwIfNoEntry: false });
    if (!status) {
      continue;
    }
    newest = Math.max(newest, status.mtimeMs);
    if (status.isDirectory()) {
      newest = Math.max(newest, newestChange(readdirSync(full).map((name) => join(path, name))));
    }
  }
  return newest;
}

async function build({ tests }) {
  const inputs = ['src', 'webview', 'esbuild.mjs', 'package-lock.json', 'test/integration'];
  const wanted = `${newestChange(inputs)} ${tests ? 'with tests' : ''}`;
  const done = existsSync(buildStamp) ? readFileSync(buildStamp, 'utf8') : '';
  if (done === wanted || done === `${wanted}with tests`) {
    return;
  }
  console.log('Building …');
  await runOrExit(process.execPath, ['esbuild.mjs', ...(tests ? ['--tests'] : [])]);
  writeFileSync(buildStamp, wanted);
}

/** Everything that running from a checkout needs. */
export async function setUp({ tests = false } = {}) {
  requireNode();
  await installPackages();
  await build({ tests });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await setUp({ tests: process.argv.includes('--tests') });
}
