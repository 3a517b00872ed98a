import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CancelledError, FileError, UnsupportedError, UsageError } from '../../../src/failures';
import { install } from '../../../src/native/install';
import { installedComponent, removeComponent } from '../../../src/native/installed';
import { fakeCompilerOf, fakeParts } from '../../support/nativeParts';
import { temporaryFolder } from '../../support/temporaryFolder';

const works = async () => undefined;
const packagePath = 'node_modules/@tensorflow/tfjs-node';

/** Everything below a folder, as paths. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

// The stand-in for a compiler is a shell script.
describe.skipIf(process.platform === 'win32')('install', () => {
  it('puts together a package with nothing more than the engine needs', async () => {
    const folder = join(temporaryFolder(), 'native');
    const { plan } = await fakeParts(temporaryFolder());
    const shown: number[] = [];
    const { manifest, wasThere } = await install(plan, {
      folder,
      attempt: works,
      report: ({ fraction }) => shown.push(fraction),
    });
    expect(wasThere).toBe(false);
    expect(filesIn(folder)).toEqual(
      [
        'deps/lib/libtensorflow_cc.so.2',
        'deps/lib/libtensorflow_framework.so.2',
        'deps/licence/LICENSE',
        'dist/kernels/Add.js',
        'dist/nodejs_kernel_backend.js',
        'dist/proto/api_pb.js',
        'lib/napi-v8/tfjs_binding.node',
        'node_modules/@tensorflow/tfjs-core/index.js',
        'node_modules/@tensorflow/tfjs-core/package.json',
        'node_modules/@tensorflow/tfjs/index.js',
        'node_modules/@tensorflow/tfjs/package.json',
        'package.json',
        'tensorpress.json',
      ].map((name) => join(packagePath, name)),
    );
    expect(Object.keys(manifest.files)).toEqual([
      'lib/napi-v8/tfjs_binding.node',
      'deps/lib/libtensorflow_cc.so.2',
      'deps/lib/libtensorflow_framework.so.2',
    ]);
    expect(manifest.files['lib/napi-v8/tfjs_binding.node'].bytes).toBe('built'.length);
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
    expect(shown.at(-1)).toBe(1);
  });

  it('builds the addon against the headers and libraries that it downloaded', async () => {
    const scratch = temporaryFolder();
    const { plan } = await fakeParts(scratch);
    await install(plan, { folder: join(scratch, 'native'), attempt: works });
    const args = readFileSync(`${fakeCompilerOf(scratch)}.arguments`, 'utf8').split('\n');
    expect(args).toContain('-DNAPI_VERSION=8');
    expect(args.filter((argument) => argument.endsWith('.cc')).length).toBe(2);
    expect(args.filter((argument) => /libtensorflow_\w+\.so\.2$/.test(argument)).length).toBe(2);
    expect(args.filter((argument) => argument.startsWith('-I')).length).toBe(2);
  });

  it("takes TensorFlow's own archive, with its links, and tfjs-node's addon without a compiler", async () => {
    const scratch = temporaryFolder();
    const folder = join(scratch, 'native');
    const { plan } = await fakeParts(scratch, { isReadyMade: true });
    const { manifest } = await install(plan, { folder, attempt: works });
    const place = join(folder, packagePath);
    expect(readFileSync(join(place, 'lib/napi-v8/tfjs_binding.node'), 'utf8')).toBe('ready-made');
    expect(readdirSync(join(place, 'deps/lib')).sort()).toEqual([
      'libtensorflow.so',
      'libtensorflow.so.2',
      'libtensorflow.so.2.9.1',
      'libtensorflow_framework.so.2',
    ]);
    expect(readFileSync(join(place, 'deps/lib/libtensorflow.so'), 'utf8')).toBe('library');
    expect(Object.keys(manifest.files)).toContain('deps/lib/libtensorflow.so.2.9.1');
    expect(existsSync(`${fakeCompilerOf(scratch)}.arguments`)).toBe(false);
  });

  it("builds against TensorFlow's own archive where there is a compiler", async () => {
    const scratch = temporaryFolder();
    const { plan } = await fakeParts(scratch, { isReadyMade: true });
    const compiled = (await fakeParts(scratch)).plan;
    const downloads = [...compiled.downloads.slice(0, 2), plan.downloads[2]];
    const mixed = { ...compiled, downloads, library: plan.library };
    await install(mixed, { folder: join(scratch, 'native'), attempt: works });
    const args = readFileSync(`${fakeCompilerOf(scratch)}.arguments`, 'utf8').split('\n');
    expect(
      args.filter((argument) => /deps\/lib\/lib/.test(argument)).map((name) => basename(name)),
    ).toEqual(['libtensorflow.so.2', 'libtensorflow_framework.so.2']);
  });

  it('does nothing the second time, and repairs what was damaged', async () => {
    const scratch = temporaryFolder();
    const folder = join(scratch, 'native');
    const { plan, server } = await fakeParts(scratch);
    await install(plan, { folder, attempt: works });
    const before = server.requests.length;
    expect((await install(plan, { folder, attempt: works })).wasThere).toBe(true);
    expect(server.requests.length).toBe(before);

    const addon = join(folder, packagePath, 'lib/napi-v8/tfjs_binding.node');
    writeFileSync(addon, 'BUILT');
    expect(await installedComponent('tensorflow', folder)).toMatchObject({
      installed: true,
      problem: 'is damaged: lib/napi-v8/tfjs_binding.node is not what was installed',
    });
    expect((await install(plan, { folder, attempt: works })).wasThere).toBe(false);
    expect(readFileSync(addon, 'utf8')).toBe('built');
  });

  it('replaces what an older recipe made, which stays when the new one fails', async () => {
    const scratch = temporaryFolder();
    const folder = join(scratch, 'native');
    await install((await fakeParts(scratch)).plan, { folder, attempt: works });
    const newer = { ...(await fakeParts(scratch)).plan, recipe: 'two' };
    await expect(install(newer, { folder, attempt: async () => 'it crashed' })).rejects.toThrow(
      /does not work here: it crashed. Nothing was installed./,
    );
    const manifest = join(folder, packagePath, 'tensorpress.json');
    expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ recipe: 'one' });

    await install(newer, { folder, attempt: works });
    expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ recipe: 'two' });
    expect(readdirSync(folder)).toEqual(['node_modules']);
  });

  it('leaves nothing when it is cancelled, at whatever step', async () => {
    const scratch = temporaryFolder();
    for (const step of [/tfjs-node.tgz/, /tensorflow.whl/, /unpacking TensorFlow/, /trying/]) {
      const folder = join(scratch, 'native');
      const { plan } = await fakeParts(scratch);
      const stop = new AbortController();
      const promise = install(plan, {
        folder,
        signal: stop.signal,
        attempt: works,
        report: ({ message }) => step.test(message) && stop.abort(),
      });
      await expect(promise).rejects.toThrow(CancelledError);
      expect(filesIn(folder)).toEqual([]);
      rmSync(folder, { recursive: true });
    }
  });

  it('ends a compiler that is at work when it is cancelled', async () => {
    const scratch = temporaryFolder();
    const folder = join(scratch, 'native');
    const { plan } = await fakeParts(scratch, { compilerScript: 'exec sleep 60' });
    const stop = new AbortController();
    const promise = install(plan, {
      folder,
      signal: stop.signal,
      report: ({ message }) => message.startsWith('building') && setTimeout(() => stop.abort(), 50),
    });
    await expect(promise).rejects.toThrow(CancelledError);
    expect(filesIn(folder)).toEqual([]);
  });

  it('says what the compiler says', async () => {
    const scratch = temporaryFolder();
    const script = 'echo "binding.cc:1: error: no such thing" >&2; exit 1';
    const { plan } = await fakeParts(scratch, { compilerScript: script });
    const promise = install(plan, { folder: join(scratch, 'native') });
    await expect(promise).rejects.toThrow(UnsupportedError);
    await expect(promise).rejects.toThrow(/could not be built: .* error: no such thing/);
  });

  it('keeps a broken download for the next time, which then needs only the rest', async () => {
    const scratch = temporaryFolder();
    const folder = join(scratch, 'native');
    const { plan, server } = await fakeParts(scratch);
    const whl = plan.downloads[2];
    mkdirSync(join(folder, 'downloads'), { recursive: true });
    const bytes = Buffer.from(await (await fetch(whl.place.url)).arrayBuffer());
    writeFileSync(join(folder, 'downloads/tensorflow.whl.part'), bytes.subarray(0, 100));
    await install(plan, { folder, attempt: works });
    expect(server.requests.at(-1)).toEqual({
      method: 'GET',
      path: '/tensorflow.whl',
      range: 'bytes=100-',
    });
  });

  it('says how much space is missing before it downloads anything', async () => {
    const scratch = temporaryFolder();
    const { plan, server } = await fakeParts(scratch, { installedBytes: 2 ** 60 });
    const promise = install(plan, { folder: join(scratch, 'native') });
    await expect(promise).rejects.toThrow(FileError);
    await expect(promise).rejects.toThrow(/needs \d+ MB while it is installed, and .* MB free/);
    expect(server.requests).toEqual([]);
  });

  it('lets one install at a time, and takes over from one that died', async () => {
    const scratch = temporaryFolder();
    const folder = join(scratch, 'native');
    const { plan } = await fakeParts(scratch);
    mkdirSync(folder, { recursive: true });
    const lock = join(folder, '.installing');
    writeFileSync(lock, String(process.pid));
    await expect(install(plan, { folder, attempt: works })).rejects.toThrow(UsageError);
    // No process has a number like that.
    writeFileSync(lock, String(2 ** 30));
    await install(plan, { folder, attempt: works });
    expect(existsSync(lock)).toBe(false);
  });

  it('removes what a killed installation left behind', async () => {
    const scratch = temporaryFolder();
    const folder = join(scratch, 'native');
    mkdirSync(join(folder, '.staging-abc/package'), { recursive: true });
    mkdirSync(join(folder, '.old-1-2'), { recursive: true });
    await install((await fakeParts(scratch)).plan, { folder, attempt: works });
    expect(readdirSync(folder)).toEqual(['node_modules']);
  });

  it('refuses what does not answer when it is tried in a process of its own', async () => {
    const scratch = temporaryFolder();
    const { plan } = await fakeParts(scratch);
    const promise = install(plan, { folder: join(scratch, 'native') });
    await expect(promise).rejects.toThrow(/its addon is no native library: it has only 5 bytes/);
  });

  it('is removed again, and says whether there was something to remove', async () => {
    const scratch = temporaryFolder();
    const folder = join(scratch, 'native');
    await install((await fakeParts(scratch)).plan, { folder, attempt: works });
    expect(await removeComponent('tensorflow', folder)).toBe(true);
    expect(filesIn(folder)).toEqual([]);
    expect(await removeComponent('tensorflow', folder)).toBe(false);
    expect(await installedComponent('tensorflow', folder)).toMatchObject({ installed: false });
  });
});
