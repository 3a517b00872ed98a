// How NeuKron's loss falls with CPU time on one file; a CSV line per epoch:
//   npm run build && node bench/neukronTraining.mjs FILE [--csv FILE] [--state FILE] [--threads N]
//     [--cpu-limit SECONDS] [--wall-limit SECONDS] [--recipe published] [--OPTION VALUE …]
// OPTION is any of the options of src/engine/sparse/neukron/options.ts in kebab case, e. g.
// --order-warmup 100. --recipe published trains as its authors did, but for the scale. With --state
// the run is saved every minute and goes on from where it was, with the options that are given in
// place of its own.
import { spawnSync } from 'node:child_process';
import { bundleProgram } from './bundle.mjs';

const program = await bundleProgram(new URL('neukronTrainingProgram.ts', import.meta.url));
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
