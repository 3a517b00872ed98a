// Writes a large matrix with the spectrum of a trained layer, its singular values known:
//   node bench/writeLargeLayer.mjs FILE.safetensors [SEED]
import { spawnSync } from 'node:child_process';
import { bundleProgram } from './bundle.mjs';

const program = await bundleProgram(new URL('writeLargeLayer.ts', import.meta.url));
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
