import { describe, expect, it } from 'vitest';
import { listBackends, startBackend } from '../../../../src/engine/backends/backend';
import { restoreRemovedUtilities, tryLoad } from '../../../../src/engine/backends/tensorflow';
import { tf } from '../../../../src/engine/backends/tf';

describe('startBackend', () => {
  it('starts the built-in backend, once, and leaves no handlers in the process', async () => {
    const before = process.listenerCount('unhandledRejection');
    const [first, second] = await Promise.all([startBackend('wasm'), startBackend('wasm')]);
    expect(first.name).toBe('wasm');
    expect(first.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(second).toEqual(first);
    expect(process.listenerCount('unhandledRejection')).toBe(before);
    expect(tf.getBackend()).toBe('wasm');
  });

  it('keeps the running backend when any will do', async () => {
    const running = await startBackend('wasm');
    expect(await startBackend()).toBe(running);
    expect(await startBackend('auto')).toBe(running);
  });

  it('multiplies', async () => {
    await startBackend('wasm');
    const product = tf.tidy(() =>
      tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])),
    );
    expect(Array.from(await product.data())).toEqual([19, 22, 43, 50]);
    product.dispose();
  });
});

describe('listBackends', () => {
  it('tells of each backend whether it can be used, which one is, and why not', async () => {
    await startBackend('wasm');
    const [wasm, tensorflow, webgpu] = await listBackends();
    expect(wasm).toMatchObject({ name: 'wasm', available: true, active: true });
    expect(tensorflow).toMatchObject({ name: 'tensorflow', active: false });
    expect(tensorflow.detail.length).toBeGreaterThan(0);
    expect(webgpu).toMatchObject({ name: 'webgpu', available: false, active: false });
    expect(webgpu.detail).toMatch(/not available in this version/i);
  });

  it('agrees with what starting the native backend comes to', async () => {
    const [, tensorflow] = await listBackends();
    if (tensorflow.available) {
      expect(await startBackend('tensorflow')).toMatchObject({ name: 'tensorflow' });
    } else {
      await expect(startBackend('tensorflow')).rejects.toThrow(tensorflow.detail);
    }
    expect(await startBackend('wasm')).toMatchObject({ name: 'wasm' });
  });
});

describe('tryLoad', () => {
  it('says how to install a package that is not there', () => {
    const missing = Object.assign(new Error("Cannot find module '@tensorflow/tfjs-node'\nstack"), {
      code: 'MODULE_NOT_FOUND',
    });
    const outcome = tryLoad(() => {
      throw missing;
    });
    expect(outcome).toMatchObject({ loaded: false });
    expect(!outcome.loaded && outcome.reason).toMatch(
      /^@tensorflow\/tfjs-node is not installed.*npm install @tensorflow\/tfjs-node/,
    );
  });

  it('gives the exact reason when an installed package does not load', () => {
    const outcome = tryLoad(() => {
      throw new Error('libtensorflow.so.2: cannot open shared object file\nat line 1');
    });
    expect(!outcome.loaded && outcome.reason).toMatch(
      /does not load \(libtensorflow\.so\.2: cannot open shared object file\)\. Run "npm rebuild/,
    );
  });

  it('reports the version of a package that loads', () => {
    const load = (name: string) => ({ name, version: { 'tfjs-node': '4.22.0' } });
    expect(tryLoad(load)).toEqual({ loaded: true, version: '4.22.0' });
  });
});

describe('restoreRemovedUtilities', () => {
  it('puts back what is missing and leaves what is there', () => {
    const isArray = () => 'mine';
    const utilities: Record<string, (value: unknown) => unknown> = { isArray };
    restoreRemovedUtilities(utilities);
    expect(utilities.isArray).toBe(isArray);
    expect([null, undefined, 0, ''].map((value) => utilities.isNullOrUndefined(value))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(utilities.isString('x')).toBe(true);
    expect(utilities.isObject(null)).toBe(false);
  });
});
