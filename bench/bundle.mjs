// Bundles one of the benchmarks' TypeScript programs into dist/bench, where it finds the engine's
// kernels and threads in the folder above (`npm run build` puts them there).
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * @param {URL} entry the program
 * @returns {Promise<string>} path of the bundle, to be run with Node
 */
export async function bundleProgram(entry) {
  const name = basename(entry.pathname, '.ts');
  const outfile = fileURLToPath(new URL(`../dist/bench/${name}.cjs`, import.meta.url));
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    mainFields: ['module', 'main'],
    // Optional, native, and found at run time.
    external: ['@tensorflow/tfjs-node'],
    logLevel: 'warning',
  });
  return outfile;
}
