// Our cost against size and rank, as a Markdown table with the exponent of a power law fitted to
// each row (least squares in the logarithms):
//   npm run bench:scaling -- [THREADS]
import { spawnSync } from 'node:child_process';
import { bundleProgram } from './bundle.mjs';

const program = await bundleProgram(new URL('scalingProgram.ts', import.meta.url));
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
