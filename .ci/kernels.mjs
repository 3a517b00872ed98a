// Compiles the SIMD kernels, from AssemblyScript to dist/kernels-*.wasm.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import { root } from './setup.mjs';

const sources = 'src/engine/kernels/assembly';

/** Once with relaxed SIMD (fused multiply-adds), for hosts that have it, and once without. */
const variants = {
  relaxed: ['simd', 'threads', 'relaxed-simd'],
  simd: ['simd', 'threads'],
};

/**
 * @param {{ ifChanged?: boolean }} [options] `ifChanged` leaves binaries alone that are newer than
 *   every source
 */
export async function compileKernels({ ifChanged = false } = {}) {
  for (const [name, features] of Object.entries(variants)) {
    const output = `dist/kernels-${name}.wasm`;
    if (ifChanged && isUpToDate(join(root, output))) {
      continue;
    }
    const { error, stderr } = await asc.main(
      [
        `${sources}/index.ts`,
        ...['--outFile', output, '--enable', features.join(',')],
        // Nothing is allocated in there: the engine hands out the memory (kernels/layout.ts),
        // which comes from outside so that threads can share it.
        ...['--runtime', 'stub', '--memoryBase', '4096'],
        ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
        ...['-O3', '--noAssert'],
      ],
      { baseDir: root },
    );
    if (error) {
      throw new Error(`The kernels do not compile: ${error.message}\n${stderr?.toString() ?? ''}`);
    }
  }
}

/** @param {string} output */
function isUpToDate(output) {
  if (!existsSync(output)) {
    return false;
  }
  const made = statSync(output).mtimeMs;
  return readdirSync(join(root, sources)).every(
    (name) => statSync(join(root, sources, name)).mtimeMs < made,
  );
}
