// How long the thread that owns the engine's client (in VS Code: the extension host) is kept from
// its events while the engine works:
//   npm run bench:responsiveness -- [--part ID...] [--file FILE.safetensors]
// Runs parts of the benchmark `decompositions` (tucker and tt by default) and the choices of FILE.
import { spawnSync } from 'node:child_process';
import { bundleProgram } from './bundle.mjs';

const program = await bundleProgram(new URL('responsivenessProgram.ts', import.meta.url));
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
