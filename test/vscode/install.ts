import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** VS Code's server with its web workbench, and the Node that its extension host runs on. */
export interface VSCodeInstallation {
  readonly node: string;
  readonly entry: string;
}

const codeServerVersion = '4.139.1';
const nodeVersion = '24.21.0';
const platform = `${process.platform}-${process.arch}`;

// Needed by features that no test touches, and most of what an unpruned installation weighs.
const unusedModules = [
  '@devcontainers/cli',
  '@github/copilot-sdk',
  '@microsoft/mxc-sdk',
  '@vscode/copilot-api',
  '@vscode/sandbox-runtime',
  '@vscode/sqlite3',
  '@vscode/tree-sitter-wasm',
  '@vscode/windows-process-tree',
  '@vscode/windows-registry',
  'katex',
  'kerberos',
  'ssh2',
  'zod',
];
const unusedExtensions = ['copilot', 'mermaid-markdown-features'];

export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tensorpress');
}

/**
 * Installs code-server into the user's cache, once per version: about half a minute and 330 MB,
 * from the npm registry alone. The folder is made under another name and renamed when it is
 * whole, so that neither an interrupted nor a concurrent installation is ever seen half done.
 * @throws Error where no build of it exists for this platform, or when npm fails.
 */
export async function installVSCode(say: (line: string) => void): Promise<VSCodeInstallation> {
  if (platform !== 'linux-x64' && platform !== 'linux-arm64') {
    throw new Error(
      `VS Code for tests is installed on Linux (x64, arm64) only, not on ${platform}; use "npm run test:desktop".`,
    );
  }
  const folder = join(cacheFolder(), `code-server-${codeServerVersion}-node-${nodeVersion}`);
  if (!isComplete(folder)) {
    say(`Installing VS Code ${codeServerVersion} for tests into ${folder}`);
    await removeAbandoned(folder);
    const unfinished = `${folder}.${process.pid}`;
    try {
      await installInto(unfinished, say);
      await moveIntoPlace(unfinished, folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  return {
    node: join(folder, `node_modules/node-${platform}/bin/node`),
    entry: join(folder, 'node_modules/code-server/out/node/entry.js'),
  };
}

function isComplete(folder: string): boolean {
  return existsSync(join(folder, '.complete'));
}

async function moveIntoPlace(unfinished: string, folder: string): Promise<void> {
  try {
    await rename(unfinished, folder);
  } catch (error) {
    // Another run was faster; what it left is the same.
    if (!isComplete(folder)) {
      throw error;
    }
  }
}

/** Removes what killed installations left, and a folder that lost its stamp. */
async function removeAbandoned(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  for (const name of await readdir(dirname(folder))) {
    const pid = Number(name.slice(basename(folder).length + 1));
    if (name === basename(folder) || (name.startsWith(`${basename(folder)}.`) && !isAlive(pid))) {
      await rm(join(dirname(folder), name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function installInto(folder: string, say: (line: string) => void): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"private":true}\n');
  const ownNode = join(folder, `node_modules/node-${platform}`);
  const server = join(folder, 'node_modules/code-server');
  const workbench = join(server, 'lib/vscode');

  const packages = [`node-${platform}@${nodeVersion}`, `code-server@${codeServerVersion}`];
  await npm(['install', '--ignore-scripts', ...packages], folder);
  await dropUnusedModules(workbench);
  await npm(['install', '--omit=dev', '--ignore-scripts'], workbench);
  try {
    // Log files of the extension host; needs a compiler, and the headers that come with the Node.
    await npm(['rebuild', '@vscode/spdlog', '@vscode/native-watchdog'], workbench, {
      PATH: `${join(ownNode, 'bin')}:${process.env.PATH}`,
      npm_config_nodedir: ownNode,
    });
  } catch {
    say('Without a C++ compiler VS Code writes no log files; the tests do not need them.');
  }
  await Promise.all([
    ...unusedExtensions.map((name) => remove(join(workbench, 'extensions', name))),
    keepOwnPlatform(join(workbench, 'node_modules/@vscode/ripgrep-universal/bin')),
    keepOwnPlatform(join(workbench, 'node_modules/node-pty/prebuilds')),
    removeSourceMaps(server),
  ]);
  await writeFile(join(folder, '.complete'), '');
}

async function dropUnusedModules(workbench: string): Promise<void> {
  interface Manifest {
    dependencies?: Record<string, string>;
    overrides?: Record<string, unknown>;
    packages?: Record<string, Manifest>;
  }
  for (const name of ['package.json', 'npm-shrinkwrap.json']) {
    const file = join(workbench, name);
    const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
    const { dependencies = {} } = manifest.packages?.[''] ?? manifest;
    unusedModules.forEach((module) => delete dependencies[module]);
    for (const override of Object.keys(manifest.overrides ?? {})) {
      if (override.startsWith('kerberos@')) {
        delete manifest.overrides?.[override];
      }
    }
    await writeFile(file, JSON.stringify(manifest));
  }
}

async function keepOwnPlatform(folder: string): Promise<void> {
  const others = (await readdir(folder)).filter((name) => name !== platform);
  await Promise.all(others.map((name) => remove(join(folder, name))));
}

async function removeSourceMaps(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true });
  await Promise.all(
    files.filter((file) => file.endsWith('.map')).map((file) => remove(join(folder, file))),
  );
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** Runs npm in `folder`; what it prints is shown only when it fails. */
function npm(args: string[], folder: string, env: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['--no-audit', '--no-fund', '--loglevel=error', ...args], {
      cwd: folder,
      env: { ...outsideOfScripts(process.env), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (data: Buffer) => (output += data.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`npm ${args.join(' ')} ended with ${code}:\n${output.trim()}`)),
    );
  });
}

/** `npm test` describes its own package in the environment; the npm started here is of another. */
function outsideOfScripts(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = /^npm_(package|lifecycle)_|^npm_config_local_prefix$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)));
}
