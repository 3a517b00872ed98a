import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../../src/cli/program';
import { manifestName } from '../../../src/engine/backends/nativeManifest';
import { userNativeFolder } from '../../../src/native/installed';
import { currentRecipes } from '../../../src/native/plan';
import { inProcessEngine } from '../../support/pressing';
import { temporaryFolder } from '../../support/temporaryFolder';

const closed = 'http://nowhere.invalid/';

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli(['native', ...args], {
    engine: inProcessEngine(),
    useThreads: () => {},
    useBackend: () => {},
    signal: new AbortController().signal,
    stdout: (text) => (out += text),
    stderr: (text) => (err += text),
    stdoutColumns: undefined,
    stderrColumns: undefined,
  });
  return { code, out, err };
}

/** What the installer would have left, with one small file. */
function installed(recipe: string): string {
  const folder = temporaryFolder();
  const place = join(folder, 'node_modules/webgpu');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'dawn.node'), '');
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  writeFileSync(
    join(place, manifestName),
    JSON.stringify({
      format: 1,
      recipe,
      versions: { webgpu: '1' },
      origin: 'WebGPU for tests',
      bytes: 0,
      files: { 'dawn.node': { bytes: 0, sha256: empty } },
    }),
  );
  return folder;
}

afterEach(() => vi.unstubAllEnvs());

describe('native status', () => {
  it('says what is installed, and what is not whole any more', async () => {
    const folder = installed('old');
    const { out } = await cli('status', '--folder', folder);
    expect(out).toMatch(/^tensorflow +not installed$/m);
    expect(out).toMatch(/^webgpu +installed +0 B +WebGPU for tests, in /m);
    writeFileSync(join(folder, 'node_modules/webgpu/dawn.node'), 'x');
    const { out: json } = await cli('status', '--folder', folder, '--json');
    expect(JSON.parse(json)).toMatchObject({
      folder,
      components: [
        { component: 'tensorflow', installed: false },
        {
          component: 'webgpu',
          installed: true,
          isCurrent: false,
          problem: 'is damaged: dawn.node has 1 bytes instead of 0',
        },
      ],
    });
  });
});

describe('native install', () => {
  it('needs no network for what is installed already', async () => {
    vi.stubEnv('npm_config_registry', closed);
    const folder = installed(currentRecipes('webgpu')[0]);
    const { code, out } = await cli('install', 'webgpu', '--folder', folder);
    expect([code, out]).toEqual([0, expect.stringContaining('is installed already')]);
  });

  it('fails with one line, and leaves nothing, where no host can be reached', async () => {
    vi.stubEnv('npm_config_registry', closed);
    const folder = join(temporaryFolder(), 'native');
    const { code, out, err } = await cli('install', 'webgpu', '--folder', folder);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^tensorpress: nowhere\.invalid cannot be reached: [^\n]*\n$/);
    expect(existsSync(folder)).toBe(false);
  });

  it('knows what there is', async () => {
    const { code, err } = await cli('install', 'cuda');
    expect(code).toBe(2);
    expect(err).toMatch(/tensorflow, webgpu/);
  });
});

describe('native remove', () => {
  it('deletes what was installed, and says so when there is nothing', async () => {
    const folder = installed('old');
    expect((await cli('remove', 'webgpu', '--folder', folder)).out).toBe('Removed webgpu.\n');
    expect(existsSync(join(folder, 'node_modules/webgpu'))).toBe(false);
    const { code, out } = await cli('remove', 'webgpu', '--folder', folder, '--json');
    expect([code, JSON.parse(out)]).toEqual([0, { component: 'webgpu', removed: false }]);
  });
});

describe('userNativeFolder', () => {
  it("is in the system's folder for application data, or where the user wants it", () => {
    expect(userNativeFolder({ XDG_DATA_HOME: '/data' }, 'linux')).toBe(
      join('/data', 'tensorpress/native'),
    );
    expect(userNativeFolder({ LOCALAPPDATA: '/local' }, 'win32')).toBe(
      join('/local', 'tensorpress/native'),
    );
    expect(userNativeFolder({}, 'darwin')).toMatch(/Library.Application Support.tensorpress/);
    expect(userNativeFolder({ TENSORPRESS_HOME: '/mine' }, 'linux')).toBe(join('/mine', 'native'));
  });
});
