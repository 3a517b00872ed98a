// Runs before the tests of each file: they compute on the backend of TENSORPRESS_TEST_BACKEND, on
// `wasm` without it, so that what else is installed does not change their results.
import { availableParallelism } from 'node:os';

const choice = process.env.TENSORPRESS_TEST_BACKEND ?? 'wasm';
if (choice === 'wasm' || choice === 'tensorflow' || choice === 'webgpu') {
  // Other tests do not wait for TensorFlow.js.
  const { configureBackends, startBackend } = await import('../../src/engine/backends/backend');
  const nativeFolder = process.env.TENSORPRESS_NATIVE_FOLDER;
  configureBackends({
    choice,
    isStrict: true,
    threads: availableParallelism(),
    ...(nativeFolder && { nativeFolder }),
  });
  await startBackend();
} else {
  throw new Error(`TENSORPRESS_TEST_BACKEND is "${choice}", which is no backend.`);
}
