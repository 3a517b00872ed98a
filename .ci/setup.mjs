// Sets a checkout up: packages when they are missing or stale, then the bundles. Needs no package
// itself, so that it can be the first thing to run after a clone.
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packagesStamp = join(root, 'node_modules/.tensorpress-packages');
const buildStamp = join(root, 'dist/.tensorpress-build');
const oldestNode = 20;

/**
 * Runs a program in the checkout and resolves to its exit code and what it printed.
 * @param {string} command
 * @param {string[]} args
 * @param {{ show?: boolean, env?: Record<string, string> }} [options] `show` passes the output on
 *   as it comes, `env` is added to the environment
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, { show = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    child.stdout?.on('data', (data) => (output += data));
    child.stderr?.on('data', (data) => (output += data));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Everything that running from a checkout needs.
 * @param {{ tests?: boolean }} [options] `tests` bundles the suite that runs inside VS Code, too
 * @throws {Error} with what went wrong and what to do
 */
export async function setUp({ tests = false } = {}) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < oldestNode) {
    throw new Error(
      `TensorPress is built with Node ${oldestNode} or newer; this is ${process.version}.`,
    );
  }
  await installPackages(major);
  await build(tests);
}

/** @param {number} nodeMajor */
async function installPackages(nodeMajor) {
  const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  const wanted = `${lock.digest('hex')} node ${nodeMajor}`;
  if (read(packagesStamp) === wanted) {
    return;
  }
  console.log('Installing packages …');
  const { code, output } = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) {
    throw new Error(
      `${output.trim()}\n\nThe packages could not be installed: "npm ci" ended with ${code}. ` +
        'It needs the npm registry and a writable folder.',
    );
  }
  writeFileSync(packagesStamp, wanted);
}

/** @param {boolean} tests */
async function build(tests) {
  const inputs = [
    'esbuild.mjs',
    '.ci/kernels.mjs',
    'package-lock.json',
    'src',
    'webview',
    'test/integration',
  ];
  const wanted = `${fingerprint(inputs)}${tests ? ' with tests' : ''}`;
  if (read(buildStamp)?.startsWith(wanted)) {
    return;
  }
  console.log('Building …');
  const { code, output } = await run(process.execPath, [
    'esbuild.mjs',
    ...(tests ? ['--tests'] : []),
  ]);
  if (code !== 0) {
    throw new Error(`${output.trim()}\n\nThe build failed.`);
  }
  writeFileSync(buildStamp, wanted);
}

/**
 * Names and contents of all files below `paths`.
 * @param {string[]} paths
 */
function fingerprint(paths) {
  const hash = createHash('sha256');
  /** @param {string} path */
  const add = (path) => {
    const full = join(root, path);
    if (statSync(full).isDirectory()) {
      readdirSync(full).forEach((name) => add(join(path, name)));
    } else {
      hash.update(path).update(readFileSync(full));
    }
  };
  paths.forEach(add);
  return hash.digest('hex');
}

/** @param {string} file */
function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/**
 * Ends the process with the message alone: a stack says nothing to who sets up.
 * @param {unknown} error
 * @returns {never}
 */
export function giveUp(error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await setUp({ tests: process.argv.includes('--tests') }).catch(giveUp);
}
