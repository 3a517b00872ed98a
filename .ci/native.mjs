// npm run native:install [-- webgpu]: TensorFlow's native library (or WebGPU for Node) for this
// checkout, in node_modules. It is kept in the user's cache, so that "npm ci" and other checkouts
// need not download it again.
import { existsSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { giveUp, root, run, setUp } from './setup.mjs';

/** Where the engine looks for it in a checkout; see src/engine/backends/packageSearch.ts. */
export const checkoutFolder = join(root, 'node_modules/.tensorpress-native');

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tensorpress/native');

/**
 * Installs it, or says in a sentence why that cannot be done here. Quick and without network when
 * it is there.
 * @param {{ component?: 'tensorflow' | 'webgpu', show?: boolean }} [options] `show` passes on what
 *   the installer prints
 * @returns {Promise<string | undefined>} undefined when all went well
 */
export async function installNative({ component = 'tensorflow', show = false } = {}) {
  const { code, output } = await run(
    process.execPath,
    ['dist/cli.js', 'native', 'install', component, '--folder', cache],
    { show },
  );
  if (code !== 0) {
    return output.trim().split('\n').at(-1) || `the installer ended with exit code ${code}`;
  }
  // Tests that run meanwhile keep what they have.
  if (!existsSync(checkoutFolder) || realpathSync(checkoutFolder) !== realpathSync(cache)) {
    rmSync(checkoutFolder, { recursive: true, force: true });
    // A junction needs no rights on Windows; elsewhere the word is ignored.
    symlinkSync(cache, checkoutFolder, 'junction');
  }
  return undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await setUp().catch(giveUp);
  const component = process.argv[2] === 'webgpu' ? 'webgpu' : 'tensorflow';
  const problem = await installNative({ component, show: true });
  if (problem !== undefined) {
    giveUp(problem);
  }
  await run(process.execPath, ['dist/cli.js', 'backends'], { show: true });
}
