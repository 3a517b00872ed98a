import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linkIn, locate, publicSources, readSources, shown } from '../../../src/native/sources';
import { files, serve } from '../../support/httpServer';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('readSources', () => {
  it('are the public ones where nothing else is configured', async () => {
    const env = { PIP_CONFIG_FILE: '/nowhere/pip.conf' };
    expect(await readSources(env, temporaryFolder())).toEqual(publicSources);
  });

  it('follow the variables of npm, pip and tfjs-node', async () => {
    const sources = await readSources({
      npm_config_registry: 'https://npm.example/repository',
      PIP_INDEX_URL: 'https://pypi.example/simple/',
      TFJS_NODE_CDN_STORAGE: 'https://storage.example/',
    });
    expect(sources).toEqual({
      npm: 'https://npm.example/repository/',
      pypi: 'https://pypi.example/simple/',
      storage: 'https://storage.example/',
    });
  });

  it('follow the configuration files of npm and pip', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, '.npmrc'), 'fund=false\nregistry = https://npm.example/\n');
    const configuration = join(home, 'pip.conf');
    writeFileSync(
      configuration,
      '[install]\nindex-url = https://wrong.example/\n[global]\nindex-url = https://pypi.example/simple\n',
    );
    expect(await readSources({ PIP_CONFIG_FILE: configuration }, home)).toMatchObject({
      npm: 'https://npm.example/',
      pypi: 'https://pypi.example/simple/',
    });
    mkdirSync(join(home, '.config/pip'), { recursive: true });
    writeFileSync(join(home, '.config/pip/pip.conf'), '[global]\nindex-url: https://two.example/');
    expect((await readSources({}, home)).pypi).toBe(
      process.platform === 'win32' ? publicSources.pypi : 'https://two.example/',
    );
  });
});

describe('linkIn', () => {
  const file = 'tensorflow_cpu-2.13.1-x.whl';

  it('finds a file in an index page of either kind', () => {
    const html = `<a href="other">other.whl</a><a href="../../p/${file}#sha256=0" data-x="1">${file}</a>`;
    const json = JSON.stringify({ files: [{ filename: file, url: `https://h/${file}` }] });
    expect(linkIn(html, file)).toBe(`../../p/${file}#sha256=0`);
    expect(linkIn(json, file)).toBe(`https://h/${file}`);
    expect(linkIn(html, 'missing.whl')).toBeUndefined();
  });
});

describe('locate', () => {
  it('asks an npm registry for the tarball, wherever that is', async () => {
    const server = await serve(
      files({
        '/@tensorflow/tfjs-node': JSON.stringify({
          versions: { '4.22.0': { dist: { tarball: 'https://files.example/t.tgz' } } },
        }),
      }),
    );
    const sources = { ...publicSources, npm: server.url };
    const origin = {
      registry: 'npm',
      package: '@tensorflow/tfjs-node',
      version: '4.22.0',
    } as const;
    expect((await locate(origin, sources)).url).toBe('https://files.example/t.tgz');
    const other = { ...origin, version: '9.9.9' };
    await expect(locate(other, sources)).rejects.toThrow(/does not have @tensorflow\/tfjs-node 9/);
  });

  it('resolves links of a Python index, without their fragment', async () => {
    const server = await serve(
      files({ '/simple/tf/': '<a href="../../files/tf.whl#sha256=1">tf.whl</a>' }),
    );
    const sources = { ...publicSources, pypi: `${server.url}simple/` };
    const { url } = await locate({ registry: 'pypi', project: 'tf', file: 'tf.whl' }, sources);
    expect(url).toBe(`${server.url}files/tf.whl`);
  });

  it('sends credentials of an address as a header, to the same host only', async () => {
    let seen: string | undefined;
    const server = await serve((request, response) => {
      seen = request.headers.authorization;
      response.end('<a href="https://elsewhere.example/tf.whl">tf.whl</a>');
    });
    const pypi = server.url.replace('//', '//me:p%40ss@');
    const place = await locate(
      { registry: 'pypi', project: 'tf', file: 'tf.whl' },
      { ...publicSources, pypi },
    );
    expect(seen).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(place).toEqual({ url: 'https://elsewhere.example/tf.whl', headers: {} });
    expect(shown(pypi)).not.toContain('p%40ss');
  });

  it('names a host that cannot be reached', async () => {
    const sources = { ...publicSources, pypi: 'http://127.0.0.1:1/' };
    await expect(
      locate({ registry: 'pypi', project: 'tf', file: 'tf.whl' }, sources),
    ).rejects.toThrow(/^127\.0\.0\.1:1 cannot be reached/);
  });
});
