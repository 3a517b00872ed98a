import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VSCodeInstallation } from './install';

export interface ServerOptions {
  /** A packed extension to install. */
  readonly vsix?: string;
  /** A checkout to load in place of a packed extension. */
  readonly development?: { readonly folder: string; readonly id: string };
  /** Obey the `payload` of the address: the suite that runs inside VS Code. Suppresses toasts. */
  readonly allowTestPayload?: boolean;
  /** Whether folders are trusted; without it they open in Restricted Mode. */
  readonly trust?: boolean;
  /** Added to the settings of the user. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Server {
  readonly origin: string;
  /** Host and port, as VS Code names the remote. */
  readonly authority: string;
  readonly userData: string;
  log(): string;
  /** Ends the server and its extension hosts, and removes all they wrote. */
  stop(): Promise<void>;
}

const userSettings = {
  'workbench.startupEditor': 'none',
  // Screenshots would catch half-faded menus.
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'telemetry.telemetryLevel': 'off',
  'chat.disableAIFeatures': true,
  'extensions.autoUpdate': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  // The dialogs for files are then quick inputs on every platform.
  'files.simpleDialog.enable': true,
};

const needlessExtensions = [
  'debug-auto-launch',
  'emmet',
  'git',
  'git-base',
  'github',
  'github-authentication',
  'merge-conflict',
  'npm',
  'typescript-language-features',
];

/**
 * Starts VS Code's server with a profile of its own on a free port of this machine.
 * @throws Error with the server's own words when it does not come up.
 */
export async function startServer(
  { node, entry }: VSCodeInstallation,
  { vsix, development, allowTestPayload, trust = true, settings, env }: ServerOptions,
): Promise<Server> {
  // A short path: the sockets in it may have names of about 107 bytes.
  const folder = await mkdtemp(join(tmpdir(), 'tp-'));
  const make = async (name: string): Promise<string> => {
    const path = join(folder, name);
    await mkdir(path, { recursive: true });
    return path;
  };
  const userData = await make('u');
  const extensions = await make('e');
  const home = await make('h');
  const temporary = await make('t');
  await writeFile(
    join(await make('u/User'), 'settings.json'),
    JSON.stringify({ ...userSettings, ...settings }),
  );
  if (development) {
    await symlink(development.folder, join(extensions, development.id));
  }

  const childEnv = {
    ...outsideOfVSCode(process.env),
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_CACHE_HOME: home,
    XDG_RUNTIME_DIR: temporary,
    TMPDIR: temporary,
    // No marketplace: nothing is looked up on the network.
    EXTENSIONS_GALLERY: '{}',
    VSCODE_SKIP_BUILTIN_EXTENSIONS: needlessExtensions.map((name) => `vscode.${name}`).join(),
    ...env,
  };
  const profile = ['--config', join(folder, 'config.yaml'), '--user-data-dir', userData];
  const base = [entry, ...profile, '--extensions-dir', extensions];
  if (vsix) {
    const { status, stdout, stderr } = spawnSync(node, [...base, '--install-extension', vsix], {
      env: childEnv,
      encoding: 'utf8',
    });
    if (status !== 0) {
      throw new Error(`VS Code did not install ${vsix}:\n${stdout}${stderr}`);
    }
  }

  const authority = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    node,
    [
      ...base,
      ...['--bind-addr', authority, '--auth', 'none'],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
      '--ignore-last-opened',
      ...(trust ? ['--disable-workspace-trust'] : []),
      ...(allowTestPayload ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
    ],
    { env: childEnv, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  const collect = (data: Buffer) => (log += data.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const stop = async () => {
    await endWithDescendants(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };

  const origin = `http://${authority}`;
  try {
    await waitUntilHealthy(origin, child);
  } catch (error) {
    await stop();
    throw new Error(`${String(error)}\n${log}`);
  }
  return { origin, authority, userData, log: () => log, stop };
}

/** Inside a terminal of VS Code, variables would lead the server to the running editor. */
function outsideOfVSCode(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(VSCODE_|CODE_SERVER_|ELECTRON_|npm_|PORT$|PASSWORD$)/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

async function waitUntilHealthy(origin: string, child: ChildProcess): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 50) {
    if (child.exitCode !== null) {
      throw new Error(`VS Code’s server ended with ${child.exitCode} at its start.`);
    }
    const healthy = await fetch(`${origin}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) {
      return;
    }
    await sleep(50);
  }
  throw new Error('VS Code’s server did not answer within a minute.');
}

/** Extension hosts outlive the server by seconds, and still write files. */
async function endWithDescendants(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) {
    return;
  }
  const processes = descendants(child.pid);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
  let alive = processes.filter(isAlive);
  for (let waited = 0; alive.length > 0 && waited < 2000; waited += 100) {
    await sleep(100);
    alive = alive.filter(isAlive);
  }
  alive.forEach((pid) => process.kill(pid, 'SIGKILL'));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const status = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The command, in parentheses, may hold blanks; state and parent follow it.
      const parent = Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // The process has ended meanwhile.
    }
  }
  const below = (parent: number): number[] =>
    (children.get(parent) ?? []).flatMap((found) => [found, ...below(found)]);
  return below(pid);
}
