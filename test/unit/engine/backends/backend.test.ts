import { afterEach, describe, expect, it } from 'vitest';
import {
  configureBackends,
  listBackends,
  startBackend,
} from '../../../../src/engine/backends/backend';
import { tf } from '../../../../src/engine/backends/tf';
import { useFolder } from '../../../support/pressing';

const at = useFolder();

afterEach(() => {
  configureBackends({ choice: 'wasm' });
});

describe('startBackend', () => {
  it('starts the built-in backend, once, and leaves no handlers in the process', async () => {
    const before = process.listenerCount('unhandledRejection');
    const [first, second] = await Promise.all([startBackend('wasm'), startBackend('wasm')]);
    expect(first.name).toBe('wasm');
    expect(first.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(second).toBe(first);
    expect(process.listenerCount('unhandledRejection')).toBe(before);
    expect(tf.getBackend()).toBe('wasm');
  });

  it('keeps to what was chosen', async () => {
    const running = await startBackend('wasm');
    expect(await startBackend()).toBe(running);
  });

  it('multiplies', async () => {
    await startBackend('wasm');
    const product = tf.tidy(() =>
      tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])),
    );
    expect(Array.from(await product.data())).toEqual([19, 22, 43, 50]);
    product.dispose();
  });

  it('takes wasm, and says why, where the backend of the settings cannot start', async () => {
    configureBackends({ choice: 'webgpu', nativeFolder: at('empty'), isStrict: false });
    const { backends } = await listBackends();
    if (!backends[2].available) {
      expect((await startBackend()).name).toBe('wasm');
      expect((await listBackends()).problem).toContain(backends[2].detail);
    }
  });
});

describe('listBackends', () => {
  it('tells of each backend whether it can be used, which one is, and why not', async () => {
    await startBackend('wasm');
    const { choice, backends, calibration, route } = await listBackends();
    expect(choice).toBe('wasm');
    const [wasm, tensorflow, webgpu] = backends;
    expect(wasm).toMatchObject({ name: 'wasm', available: true, active: true, installed: true });
    expect(tensorflow).toMatchObject({ name: 'tensorflow', active: false });
    expect(webgpu).toMatchObject({ name: 'webgpu', active: false });
    for (const { detail } of backends) {
      expect(detail.length).toBeGreaterThan(0);
    }
    // There is nothing to choose from.
    expect(calibration).toBeUndefined();
    expect(route).toEqual([{ from: 1, backend: 'wasm' }]);
  });

  it.each(['tensorflow', 'webgpu'] as const)(
    'agrees with what starting %s comes to',
    async (name) => {
      configureBackends({ choice: 'auto' });
      const { backends } = await listBackends();
      const status = backends.find((backend) => backend.name === name);
      if (status?.available) {
        expect(await startBackend(name)).toMatchObject({ name });
      } else {
        await expect(startBackend(name)).rejects.toThrow(status?.detail);
      }
      expect(await startBackend('wasm')).toMatchObject({ name: 'wasm' });
    },
  );
});
