import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';

/** Starts TensorFlow.js on WebAssembly and returns backend and version for a file's metadata. */
export async function startTensorFlow(): Promise<string> {
  const main = createRequire(__filename).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(main) + sep);
  if (!(await tf.setBackend('wasm'))) {
    throw new Error('TensorFlow.js could not start its wasm backend.');
  }
  return `TensorFlow.js ${tf.version_core}, backend ${tf.getBackend()}`;
}
