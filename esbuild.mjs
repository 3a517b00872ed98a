// Bundles the extension into dist/.
//   node esbuild.mjs [--production] [--tests] [--watch]
// --production minifies and leaves source maps out, --tests adds the suite that runs inside
// VS Code, --watch builds again at every change.
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';
import { compileKernels } from './.ci/kernels.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));
const production = process.argv.includes('--production');

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  minify: production,
  sourcemap: !production,
  // Without the maps' source text: it is in the checkout.
  sourcesContent: false,
  logLevel: 'warning',
};

/** @type {import('esbuild').BuildOptions} */
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // TensorFlow.js registers its gradients only in the ES modules, which are also what can be shaken.
  mainFields: ['module', 'main'],
  // vscode is given by the host; tfjs-node is optional, native, and found at run time.
  external: ['vscode', '@tensorflow/tfjs-node'],
};

/** @type {import('esbuild').BuildOptions} */
const host = { ...node, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js' };

/** @type {import('esbuild').BuildOptions} */
const worker = { ...node, entryPoints: ['src/worker/worker.ts'], outfile: 'dist/worker.js' };

/** A thread that computes shares of large products; see src/engine/kernels. */
/** @type {import('esbuild').BuildOptions} */
const kernelThread = {
  ...node,
  entryPoints: ['src/engine/kernels/kernelThread.ts'],
  outfile: 'dist/kernelThread.js',
};

/** @type {import('esbuild').BuildOptions} */
const cli = {
  ...node,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/cli.js',
  banner: { js: '#!/usr/bin/env node' },
};

/** @type {import('esbuild').BuildOptions} */
const webview = {
  ...common,
  entryPoints: {
    inspector: 'webview/inspector/main.ts',
    choices: 'webview/choices/main.ts',
    benchmarks: 'webview/benchmarks/main.ts',
    patterns: 'webview/patterns/main.ts',
    sparse: 'webview/sparse/main.ts',
  },
  outdir: 'dist/webview',
  platform: 'browser',
  format: 'iife',
  target: 'es2022',
};

/** @returns {Promise<import('esbuild').BuildOptions>} */
async function tests() {
  const files = await readdir(join(root, 'test/integration'));
  return {
    ...node,
    entryPoints: [
      'test/integration/index.ts',
      ...files
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => `test/integration/${file}`),
    ],
    outdir: 'dist/test',
    external: [...(node.external ?? []), 'mocha'],
  };
}

/** The binaries of TensorFlow.js's wasm backend; the threaded one does not run in Node. */
async function copyWasm() {
  const resolve = createRequire(import.meta.url).resolve;
  const folder = dirname(resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'));
  await mkdir(join(root, 'dist'), { recursive: true });
  for (const name of ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm']) {
    await copyFile(join(folder, name), join(root, 'dist', name));
  }
}

const bundles = [host, worker, kernelThread, cli, webview];
if (process.argv.includes('--tests')) {
  // A test that has been deleted must not live on in dist.
  await rm(join(root, 'dist/test'), { recursive: true, force: true });
  bundles.push(await tests());
}
await copyWasm();
await compileKernels();

if (process.argv.includes('--watch')) {
  for (const bundle of bundles) {
    const watched = await context({ ...bundle, logLevel: 'info' });
    await watched.watch();
  }
} else {
  await Promise.all(bundles.map((bundle) => build(bundle)));
}
