// Installs a VS Code that needs no download of its own: code-server (VS Code's server and web
// workbench) and the Node it wants, both npm packages, into a cache outside the checkout.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../.ci/setup.mjs';

const codeServerVersion = '4.139.1';
const nodeVersion = '24.21.0';

/** Loaded lazily by the server for features that no test uses; together some 400 MB. */
const unusedModules = [
  '@github/copilot-sdk',
  '@vscode/copilot-api',
  '@microsoft/mxc-sdk',
  '@vscode/sandbox-runtime',
  '@devcontainers/cli',
  '@vscode/sqlite3',
  '@vscode/windows-process-tree',
  '@vscode/windows-registry',
  'ssh2',
  'kerberos',
  '@vscode/tree-sitter-wasm',
  'zod',
  'katex',
];

/** Why no VS Code for tests can be had here, or undefined. */
export function vscodeUnavailable() {
  return process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
    ? undefined
    : `the VS Code for tests needs Linux on x64 or arm64, this is ${process.platform} on ${process.arch}; use npm run test:desktop`;
}

/**
 * The folder of the installed VS Code, installing it on the first call.
 * @returns {Promise<{ node: string, server: string }>} the programs to start it with
 */
export async function installVSCode() {
  const reason = vscodeUnavailable();
  if (reason) {
    throw new Error(reason);
  }
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tensorpress');
  const folder = join(cache, `code-server-${codeServerVersion}-node-${nodeVersion}`);
  if (!existsSync(join(folder, '.complete'))) {
    console.log('Installing VS Code for tests (about a minute, once) …');
    // Made aside and moved when whole, so that two runs at a time cannot see half of it.
    const aside = join(cache, `incomplete-${randomUUID().slice(0, 8)}`);
    try {
      await installInto(aside);
      rmSync(folder, { recursive: true, force: true });
      renameSync(aside, folder);
    } catch (error) {
      if (!existsSync(join(folder, '.complete'))) {
        throw error;
      }
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
  }
  return {
    node: join(folder, 'node_modules', `node-linux-${process.arch}`, 'bin/node'),
    server: join(folder, 'node_modules/code-server/out/node/entry.js'),
  };
}

async function installInto(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const nodePackage = `node-linux-${process.arch}`;
  const nodeFolder = join(folder, 'node_modules', nodePackage);
  const env = {
    ...process.env,
    PATH: `${join(nodeFolder, 'bin')}:${process.env.PATH}`,
    // Headers for node-gyp: nothing is downloaded.
    npm_config_nodedir: nodeFolder,
  };
  const npm = async (args, cwd) => {
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    const { code, output } = await run('npm', [...args, ...quiet], { cwd, env });
    if (code !== 0) {
      throw new Error(`npm ${args.join(' ')} failed:\n${output}`);
    }
  };
  const packages = [`${nodePackage}@${nodeVersion}`, `code-server@${codeServerVersion}`];
  await npm(['install', '--ignore-scripts', ...packages], folder);

  const vscode = join(folder, 'node_modules/code-server/lib/vscode');
  for (const name of ['package.json', 'npm-shrinkwrap.json']) {
    const manifest = JSON.parse(readFileSync(join(vscode, name), 'utf8'));
    const top = manifest.packages?.[''] ?? manifest;
    for (const unused of unusedModules) {
      delete top.dependencies[unused];
    }
    delete manifest.overrides?.['kerberos@2.1.1'];
    writeFileSync(join(vscode, name), JSON.stringify(manifest));
  }
  await npm(['install', '--omit=dev', '--ignore-scripts'], vscode);
  // Native and optional: without them VS Code runs, but writes no log files.
  await npm(['rebuild', '@vscode/spdlog', '@vscode/native-watchdog'], vscode).catch(() => {
    console.log('No compiler for VS Code’s log module: tests run without its log files.');
  });
  for (const unused of ['extensions/copilot', 'extensions/mermaid-markdown-features']) {
    rmSync(join(vscode, unused), { recursive: true, force: true });
  }
  writeFileSync(join(folder, '.complete'), '');
}
