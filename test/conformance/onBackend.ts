import { availableParallelism } from 'node:os';
import { beforeAll, describe } from 'vitest';
import type { Accelerator } from '../../src/engine/backends/accelerator';
import { loadAccelerator } from '../../src/engine/backends/accelerators';
import { configureBackends, startBackend } from '../../src/engine/backends/backend';
import { setProductRoute } from '../../src/engine/backends/productRoute';
import { configureKernels } from '../../src/engine/kernels';
import type { BackendName } from '../../src/protocol/backends';

/** Multiply-adds from which products go to the backend here: all that are computed in f32. */
const everyProduct = 1;

const names: readonly BackendName[] = ['wasm', 'tensorflow', 'webgpu'];

/** The backend that this run is about: TENSORPRESS_TEST_BACKEND, `wasm` without it. */
export const backendName = named(process.env.TENSORPRESS_TEST_BACKEND ?? 'wasm');

const threads = Math.min(4, availableParallelism());
const nativeFolder = process.env.TENSORPRESS_NATIVE_FOLDER;
const settings = { choice: backendName, threads, ...(nativeFolder && { nativeFolder }) };

const load = backendName === 'wasm' ? undefined : await loadAccelerator(backendName, settings);

/** What takes the products; undefined for `wasm`, whose products are the kernels'. */
export const accelerator: Accelerator | undefined = load?.loaded ? load.accelerator : undefined;

/** Tests of the backend, skipped with the reason where it cannot be used. */
export function describeBackend(title: string, tests: () => void): void {
  const reason = load && !load.loaded ? ` (skipped: ${load.reason})` : '';
  describe.skipIf(reason !== '')(`${backendName}: ${title}${reason}`, () => {
    beforeAll(async () => {
      configureKernels({ threads });
      configureBackends(settings);
      await startBackend(backendName);
      useBackend();
    });
    tests();
  });
}

/** `use`, with all products on the kernels: what the backend is compared with. */
export async function onKernels<T>(use: () => Promise<T>): Promise<T> {
  setProductRoute({ kind: 'kernels' });
  try {
    return await use();
  } finally {
    useBackend();
  }
}

function useBackend(): void {
  setProductRoute(
    accelerator ? { kind: 'chosen', accelerator, from: everyProduct } : { kind: 'kernels' },
  );
}

function named(name: string): BackendName {
  const found = names.find((known) => known === name);
  if (!found) {
    throw new Error(`TENSORPRESS_TEST_BACKEND is "${name}", which is no backend.`);
  }
  return found;
}
