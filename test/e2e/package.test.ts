import { statSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { open } from 'yauzl';
import type { Options, ZipFile } from 'yauzl';

const openZip = promisify<string, Options, ZipFile>(open);

async function namesIn(path: string): Promise<string[]> {
  const zip = await openZip(path, { lazyEntries: false });
  const names: string[] = [];
  return new Promise((resolve, reject) => {
    zip.on('entry', ({ fileName }: { fileName: string }) => names.push(fileName));
    zip.on('end', () => resolve(names.sort()));
    zip.on('error', reject);
  });
}

test('the package holds what the extension needs, and nothing else', async () => {
  const packed = (await namesIn(inject('vsix')))
    .filter((name) => name.startsWith('extension/'))
    .map((name) => name.slice('extension/'.length))
    .filter((name) => !name.startsWith('media/'));
  expect(packed).toEqual([
    'LICENSE.txt',
    'changelog.md',
    'dist/cli.js',
    'dist/extension.js',
    'dist/kernelThread.js',
    'dist/kernels-relaxed.wasm',
    'dist/kernels-simd.wasm',
    'dist/tfjs-backend-wasm-simd.wasm',
    'dist/tfjs-backend-wasm.wasm',
    'dist/webview/benchmarks.js',
    'dist/webview/choices.js',
    'dist/webview/inspector.js',
    'dist/webview/patterns.js',
    'dist/webview/sparse.js',
    'dist/worker.js',
    'package.json',
    'package.nls.json',
    'readme.md',
    'samples/lenet5-mnist.safetensors',
  ]);
});

test('the media of the package are pictures, styles, the schema and the loader', async () => {
  const media = (await namesIn(inject('vsix'))).filter((name) =>
    name.startsWith('extension/media/'),
  );
  expect(media).toContain('extension/media/webview.css');
  expect(media).toContain('extension/media/loader.py');
  expect(media).toContain('extension/media/press.schema.json');
  expect(media.filter((name) => !/\.(css|png|svg|py|json|md)$/.test(name))).toEqual([]);
});

test('the package is smaller than 25 MB', () => {
  expect(statSync(inject('vsix')).size).toBeLessThan(25 * 2 ** 20);
});
