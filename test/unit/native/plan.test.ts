import { describe, expect, it } from 'vitest';
import { FileError, UnsupportedError } from '../../../src/failures';
import { currentRecipes, planInstall } from '../../../src/native/plan';
import { platforms } from '../../../src/native/recipes';
import type { Sources } from '../../../src/native/sources';
import { serve } from '../../support/httpServer';

const withCompiler = { compiler: async () => 'g++', platform: 'linux', arch: 'x64' };
const withoutCompiler = { ...withCompiler, compiler: async () => undefined };

/** Registries that have everything; TensorFlow's own host only if asked for. */
async function registries(hasStorage: boolean): Promise<Sources> {
  const server = await serve((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    if (path.startsWith('/npm/')) {
      const dist = { tarball: `https://npm.example/file.tgz` };
      response.end(
        JSON.stringify({ versions: { '4.22.0': { dist }, '1.9.0': { dist }, '0.6.2': { dist } } }),
      );
    } else if (path.startsWith('/simple/')) {
      const names = Object.values(platforms)
        .flatMap(({ libraries }) => libraries)
        .flatMap(({ origin }) => (origin.registry === 'pypi' ? [origin.file] : []));
      response.end(names.map((name) => `<a href="/f/${name}">${name}</a>`).join(''));
    } else {
      response.writeHead(hasStorage ? 200 : 403).end();
    }
  });
  return {
    npm: `${server.url}npm/`,
    pypi: `${server.url}simple/`,
    storage: `${server.url}storage/`,
  };
}

describe('planInstall', () => {
  it('takes the C library of TensorFlow where its host answers', async () => {
    const sources = await registries(true);
    const plan = await planInstall('tensorflow', { sources, ...withCompiler });
    expect(plan.library).toMatchObject({ layout: 'libtensorflow', version: '2.9.1' });
    expect(plan.downloads.map(({ role }) => role)).toEqual(['package', 'headers', 'library']);
    expect(plan.compiler).toBe('g++');
  });

  it('takes the library out of the package for Python where that host is blocked', async () => {
    const sources = await registries(false);
    const plan = await planInstall('tensorflow', { sources, ...withCompiler });
    expect(plan.library).toMatchObject({ layout: 'wheel', version: '2.13.1' });
    expect(plan.downloads[2].place.url).toMatch(/\/f\/tensorflow_cpu-2\.13\.1.*x86_64\.whl$/);
    expect(plan.downloadBytes).toBeGreaterThan(170 * 2 ** 20);
  });

  it('takes the ready-made addon where there is no compiler', async () => {
    const sources = await registries(true);
    const plan = await planInstall('tensorflow', { sources, ...withoutCompiler });
    expect(plan.compiler).toBeUndefined();
    expect(plan.downloads.map(({ role }) => role)).toEqual(['package', 'addon', 'library']);
  });

  it('says that a compiler is missing, and how to get one, where nothing else helps', async () => {
    const sources = await registries(false);
    const blocked = planInstall('tensorflow', { sources, ...withoutCompiler });
    await expect(blocked).rejects.toThrow(UnsupportedError);
    await expect(blocked).rejects.toThrow(/no C\+\+ compiler.*apt install g\+\+/);
    const arm = { ...withoutCompiler, arch: 'arm64' };
    await expect(planInstall('tensorflow', { sources, ...arm })).rejects.toThrow(
      /no C\+\+ compiler/,
    );
  });

  it('says of each host why it does not help when none does', async () => {
    const closed = 'http://127.0.0.1:1/';
    const sources = { npm: closed, pypi: closed, storage: closed };
    const promise = planInstall('tensorflow', { sources, ...withCompiler });
    await expect(promise).rejects.toThrow(FileError);
    await expect(promise).rejects.toThrow(/cannot be fetched\. 127.* 127/);
  });

  it('says for which systems there is no library', async () => {
    const sources = await registries(true);
    const promise = planInstall('tensorflow', { sources, platform: 'sunos', arch: 'x64' });
    await expect(promise).rejects.toThrow(/not published for this system \(sunos x64\)/);
  });

  it('makes what counts as up to date', async () => {
    const sources = await registries(false);
    const { recipe } = await planInstall('tensorflow', { sources, ...withCompiler });
    expect(currentRecipes('tensorflow', 'linux', 'x64')).toContain(recipe);
    const dawn = await planInstall('webgpu', { sources });
    expect(currentRecipes('webgpu')).toEqual([dawn.recipe]);
  });
});

describe('the recipes', () => {
  it('pin the content of every library', () => {
    for (const { libraries } of Object.values(platforms)) {
      for (const { checksum } of libraries) {
        expect(checksum?.hex).toMatch(/^[0-9a-f]{64}$/);
      }
    }
  });
});
