// Starts and stops a VS Code server with a profile of its own.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../.ci/setup.mjs';
import { installVSCode } from './install.mjs';

const skippedExtensions = [
  'git',
  'git-base',
  'github',
  'github-authentication',
  'typescript-language-features',
  'emmet',
  'npm',
  'merge-conflict',
  'debug-auto-launch',
].map((name) => `vscode.${name}`);

const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'telemetry.telemetryLevel': 'off',
  'chat.disableAIFeatures': true,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'files.simpleDialog.enable': true,
};

/**
 * @typedef {object} StartOptions
 * @property {string} [vsix] extension to install
 * @property {boolean} [testPayload] accept a development extension and its tests by URL
 * @property {boolean} [trust] trust every folder (default); otherwise Restricted Mode
 * @property {Record<string, unknown>} [settings] user settings
 * @property {Record<string, string>} [env] environment of server and extension host
 * @property {number} [port] default: any free one
 *
 * @typedef {object} VSCodeServer
 * @property {string} origin
 * @property {string} authority
 * @property {string} profile folder of user data, logs included
 * @property {() => string} log what the server printed
 * @property {() => Promise<void>} stop ends server and extension hosts and removes the profile
 *
 * @param {StartOptions} [options]
 * @returns {Promise<VSCodeServer>}
 */
export async function startVSCode(options = {}) {
  const { node, server } = await installVSCode();
  // Short: the path of a unix socket below it may have about 107 bytes.
  const profile = mkdtempSync(join(tmpdir(), 'tp-'));
  const folder = (name) => {
    const path = join(profile, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  writeFileSync(
    join(folder('ud/User'), 'settings.json'),
    JSON.stringify({ ...quietSettings, ...options.settings }),
  );
  const inherited = Object.entries(process.env).filter(
    // Inside VS Code's own terminal these would redirect to the running editor.
    ([name]) => !/^(VSCODE_|CODE_SERVER_|ELECTRON_|PORT$|PASSWORD$|npm_)/i.test(name),
  );
  const home = folder('home');
  const env = {
    ...Object.fromEntries(inherited),
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_CACHE_HOME: home,
    TMPDIR: folder('t'),
    XDG_RUNTIME_DIR: folder('t'),
    EXTENSIONS_GALLERY: '{}',
    VSCODE_SKIP_BUILTIN_EXTENSIONS: skippedExtensions.join(),
    ...options.env,
  };
  const base = [
    server,
    ...['--config', join(profile, 'config.yaml')],
    ...['--user-data-dir', folder('ud')],
    ...['--extensions-dir', folder('ext')],
  ];
  if (options.vsix) {
    const { code, output } = await run(node, [...base, '--install-extension', options.vsix], {
      env,
    });
    if (code !== 0) {
      throw new Error(`${options.vsix} could not be installed:\n${output}`);
    }
  }
  const port = options.port ?? (await freePort());
  const authority = `127.0.0.1:${port}`;
  const child = spawn(
    node,
    [
      ...base,
      ...['--bind-addr', authority, '--auth', 'none'],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
      '--ignore-last-opened',
      ...(options.trust === false ? [] : ['--disable-workspace-trust']),
      ...(options.testPayload ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
    ],
    { env, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  child.stdout.on('data', (data) => (log += data));
  child.stderr.on('data', (data) => (log += data));
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const origin = `http://${authority}`;
  await waitUntilHealthy(origin, child, () => log);
  return {
    origin,
    authority,
    profile,
    log: () => log,
    async stop() {
      const family = descendantsOf(child.pid);
      child.kill('SIGTERM');
      await gone;
      await endAll(family);
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

async function waitUntilHealthy(origin, child, log) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null) {
      break;
    }
    const healthy = await fetch(`${origin}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) {
      return;
    }
  }
  child.kill('SIGKILL');
  throw new Error(`VS Code's server did not start:\n${log()}`);
}

/** Extension hosts outlive the server by seconds and still write files. */
async function endAll(pids) {
  const isAlive = (pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  for (let waited = 0; waited < 3000 && pids.some(isAlive); waited += 100) {
    await sleep(100);
  }
  for (const pid of pids.filter(isAlive)) {
    process.kill(pid, 'SIGKILL');
  }
}

function descendantsOf(pid) {
  const children = new Map();
  for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // After the name in parentheses: state, then the parent's pid.
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended between the two calls.
    }
  }
  const all = [];
  const visit = (parent) => {
    for (const child of children.get(parent) ?? []) {
      all.push(child);
      visit(child);
    }
  };
  visit(pid);
  return all;
}
