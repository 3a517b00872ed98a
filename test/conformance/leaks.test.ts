import { afterAll, expect, it } from 'vitest';
import { configureBackends, listBackends, startBackend } from '../../src/engine/backends/backend';
import { acceleratorFor } from '../../src/engine/backends/productRoute';
import { tf } from '../../src/engine/backends/tf';
import { factorise } from '../../src/engine/decompositions';
import { kernels } from '../../src/engine/kernels';
import { multiply } from '../../src/engine/linalg/multiply';
import { distance, norm, randomTensor } from '../support/fixtureTensor';
import { plainProduct, randomMatrix } from '../support/matrices';
import { accelerator, backendName, describeBackend } from './onBackend';

const jobs = 200;
/** Caches of shaders, pools and the allocators of their threads fill up in as many before. */
const warmUp = 200;
const megabyte = 2 ** 20;

function memory() {
  globalThis.gc?.();
  const { numTensors, numBytes } = tf.memory();
  const { numBytesInGPU = 0 } = tf.memory() as { numBytesInGPU?: number };
  return { numTensors, numBytes, numBytesInGPU, arena: kernels().arena.used };
}

describeBackend('memory', () => {
  it(`is back to the start after ${jobs} jobs`, async () => {
    const a = randomMatrix(96, 160, 1);
    const b = randomMatrix(160, 80, 2);
    const X = randomTensor([24, 20, 3, 3]);
    const job = async (): Promise<void> => {
      await multiply(a, b, { precision: 'single' });
      const factorisation = await factorise('cp', X, {
        seed: 1,
        cp: { maxIterations: 2, precision: 'single' },
      });
      await factorisation.at(16);
    };
    let before = memory();
    let resident = 0;
    for (let i = 0; i < warmUp + jobs; i++) {
      if (i === warmUp) {
        before = memory();
        resident = process.memoryUsage().rss;
      }
      await job();
    }
    expect(memory()).toEqual(before);
    expect((process.memoryUsage().rss - resident) / megabyte).toBeLessThan(48);
  });

  it('does not grow with cancelled products', async () => {
    const [a, b] = [randomMatrix(700, 700, 3), randomMatrix(700, 700, 4)];
    const before = memory();
    for (let i = 0; i < 5; i++) {
      let looks = 0;
      const job = {
        throwIfCancelled() {
          if (++looks > 2) {
            throw new Error('stop');
          }
        },
        report() {},
      };
      await multiply(a, b, { precision: 'single', job }).catch(() => undefined);
    }
    expect(memory()).toEqual(before);
  });
});

describeBackend('a device that is lost', () => {
  afterAll(() => {
    configureBackends({ choice: 'wasm' });
  });

  it.skipIf(backendName !== 'webgpu')(
    'leaves the product to the kernels, says so, and comes back when it is chosen again',
    async () => {
      const [a, b] = [randomMatrix(160, 150, 5), randomMatrix(150, 140, 6)];
      const exact = plainProduct(a, b).data;
      expect(acceleratorFor({ m: 160, n: 140, k: 150 })).toBe(accelerator);
      const lost = tf.findBackend('webgpu') as unknown as { device: GPUDevice };
      const running = multiply(a, b, { precision: 'single' });
      lost.device.destroy();
      expect(distance((await running).data, exact) / norm(exact)).toBeLessThan(1e-5);
      expect(acceleratorFor({ m: 160, n: 140, k: 150 })).toBeUndefined();
      const { backends, problem } = await listBackends();
      expect(problem ?? backends[2].detail).toMatch(/stopped working.*lost/);
      expect(backends[2]).toMatchObject({ available: false, active: false });
    },
  );

  it.skipIf(backendName !== 'webgpu')('comes back when it is chosen again', async () => {
    await startBackend('wasm');
    expect(await startBackend('webgpu')).toMatchObject({ name: 'webgpu' });
  });
});
