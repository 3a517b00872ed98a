import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';

const binary = 'tfjs-backend-wasm-simd.wasm';

/**
 * Registers TensorFlow.js's `wasm` backend, with its binaries from the folder of the running
 * bundle (dist/), or from the package when running from source. Resolves to the version.
 * @throws Error when the binaries are in neither place.
 */
export async function registerWasm(): Promise<string> {
  const folder = binariesFolder();
  const { setWasmPaths, version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(folder + sep);
  return version;
}

function binariesFolder(): string {
  if (existsSync(join(__dirname, binary))) {
    return __dirname;
  }
  try {
    // A bundle cannot follow this require, which is wanted: it is for running from source.
    const resolve = createRequire(__filename).resolve;
    return dirname(resolve('@tensorflow/tfjs-backend-wasm/dist/' + binary));
  } catch (cause) {
    throw new Error(
      `${binary} is missing from ${__dirname}; the installation is incomplete, install TensorPress again.`,
      { cause },
    );
  }
}
