// Bundles one of the sample's TypeScript programs and runs it with the arguments given.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** @param {string} name folder below samples/ that holds the program's main.ts */
export async function bundleAndRun(name) {
  const outfile = fileURLToPath(new URL(`../dist/samples/${name}.cjs`, import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL(`${name}/main.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // TensorFlow.js registers its gradients only in the ES modules.
    mainFields: ['module', 'main'],
    logLevel: 'warning',
  });
  const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
