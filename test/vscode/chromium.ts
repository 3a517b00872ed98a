import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of a Chromium: the variable CHROMIUM, or the first on the PATH. */
export function findChromium(): string | undefined {
  if (process.env.CHROMIUM) {
    return process.env.CHROMIUM;
  }
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/**
 * Finds Chromium, or installs Debian's package where that is possible without asking.
 * @throws Error saying why there is none.
 */
export function ensureChromium(say: (line: string) => void): string {
  const found = findChromium();
  if (found) {
    return found;
  }
  if (!isDebian()) {
    throw new Error('no Chromium is installed; install one, or name it in the variable CHROMIUM');
  }
  if (process.getuid?.() !== 0) {
    throw new Error('no Chromium is installed; run "apt-get install chromium" as root');
  }
  say('Installing Chromium (Debian’s package)');
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    const { error, status, stdout, stderr } = spawnSync('apt-get', ['-q', ...args], {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (status !== 0) {
      const end = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-5).join('\n');
      throw new Error(
        `no Chromium is installed, and "apt-get ${args.join(' ')}" failed: ${error?.message ?? end}`,
      );
    }
  }
  const installed = findChromium();
  if (!installed) {
    throw new Error('Debian’s package chromium is installed, but holds no chromium');
  }
  return installed;
}

function isDebian(): boolean {
  // Ubuntu's package of that name is a snap, which does not work in containers.
  return (
    existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
