import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WorkerError } from '../../src/failures';
import { startWorkerThread } from '../../src/worker/workerThread';
import { backendName, describeBackend } from './onBackend';

// The worker’s bundle lies elsewhere, and would not find what lies beside this checkout’s packages.
const nativeFolder = resolve(
  process.env.TENSORPRESS_NATIVE_FOLDER ?? 'node_modules/.tensorpress-native',
);
let folder: string;

describeBackend('a worker that is ended', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tensorpress-ending-'));
    await build({
      entryPoints: [join(import.meta.dirname, 'multiplyForEver.ts')],
      outfile: join(folder, 'worker.js'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      mainFields: ['module', 'main'],
      logLevel: 'error',
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // An abort of the native library would end this process, and fail the run.
  it.skipIf(backendName === 'wasm').each([300, 700, 1100, 1500, 2500, 4000])(
    'takes nothing along, %i ms after its start',
    async (delay) => {
      const thread = startWorkerThread(
        join(folder, 'worker.js'),
        'ending',
        {
          role: 'engine',
          memoryLimitMb: 1024,
          threads: 1,
          backends: { choice: backendName, nativeFolder },
        },
        () => {},
      );
      await sleep(delay);
      const start = performance.now();
      await thread.terminate(new WorkerError('The test ends it.'));
      await thread.exited;
      expect(performance.now() - start).toBeLessThan(9000);
    },
  );
});
