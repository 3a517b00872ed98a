// The competitors of NeuKron on a sparse matrix or tensor, at the published settings of a data set:
// CPU seconds, bytes and error, as a Markdown table:
//   npm run build && node bench/sparseRivals.mjs FILE DATA [METHOD …]
import { spawnSync } from 'node:child_process';
import { bundleProgram } from './bundle.mjs';

const program = await bundleProgram(new URL('sparseRivalsProgram.ts', import.meta.url));
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
