import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { compileKernels } from '../../.ci/kernels.mjs';

/** Before all unit tests: engine code runs from source, but its kernels and their threads are built. */
export default async function buildKernels() {
  await compileKernels({ ifChanged: true });
  await build({
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    entryPoints: ['src/engine/kernels/kernelThread.ts'],
    outfile: 'dist/kernelThread.js',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
  });
}
