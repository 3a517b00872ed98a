import { describe, expect, it } from 'vitest';
import type { Accelerator } from '../../../../src/engine/backends/accelerator';
import {
  acceleratorFor,
  describeRoute,
  fastestFor,
  predictedMs,
  type ProductRoute,
} from '../../../../src/engine/backends/productRoute';
import type { ProductSpeed } from '../../../../src/protocol/backends';

function accelerator(name: 'tensorflow' | 'webgpu'): Accelerator {
  return {
    name,
    version: 'test',
    workPerCall: 2 ** 30,
    maxElements: 2 ** 26,
    guard: (use) => use(),
  };
}

/** Kernels of 70 GFLOP/s, a library of 200, and a graphics card of 5000 behind a bus. */
const speeds: readonly ProductSpeed[] = [
  { backend: 'wasm', overheadMs: 0.05, msPerMultiplyAdd: 2.9e-8, msPerElement: 2e-6 },
  { backend: 'tensorflow', overheadMs: 0.3, msPerMultiplyAdd: 1e-8, msPerElement: 4e-6 },
  { backend: 'webgpu', overheadMs: 3, msPerMultiplyAdd: 4e-10, msPerElement: 6e-6 },
];
const accelerators = [accelerator('tensorflow'), accelerator('webgpu')];
const measured: ProductRoute = { kind: 'measured', accelerators, speeds };
const square = (n: number) => ({ m: n, n, k: n });

describe('the route of a product', () => {
  it('leads each size to the fastest, small ones to the kernels', () => {
    expect(acceleratorFor(square(64), measured)).toBeUndefined();
    expect(acceleratorFor(square(512), measured)?.name).toBe('tensorflow');
    expect(acceleratorFor(square(2048), measured)?.name).toBe('webgpu');
    expect(describeRoute(measured)).toEqual([
      { from: 1, backend: 'wasm' },
      { from: 512, backend: 'tensorflow' },
      { from: 1024, backend: 'webgpu' },
    ]);
  });

  it('weighs what has to be moved: a thin product is not worth the way', () => {
    const thin = { m: 8192, n: 4, k: 2048 };
    expect(predictedMs(thin, speeds[0])).toBeLessThan(predictedMs(thin, speeds[1]));
    expect(acceleratorFor(thin, measured)).toBeUndefined();
  });

  it.each([1, 3, 30, 300, 3000])(
    'never leads to what is slower than the kernels by the models (n = %i)',
    (n) => {
      for (const size of [square(n), { m: n, n: 7, k: 5 * n }, { m: 3, n, k: 9 * n }]) {
        const chosen = speeds.find(({ backend }) => backend === fastestFor(size, speeds));
        expect(chosen && predictedMs(size, chosen)).toBeLessThanOrEqual(
          predictedMs(size, speeds[0]),
        );
      }
    },
  );

  it('keeps to the kernels where another is hardly faster', () => {
    const close = [speeds[0], { ...speeds[0], backend: 'tensorflow' as const, overheadMs: 0.049 }];
    expect(fastestFor(square(256), close)).toBe('wasm');
  });

  it('leads what is worth it to a chosen backend', () => {
    const chosen: ProductRoute = { kind: 'chosen', accelerator: accelerators[0] };
    expect(acceleratorFor(square(64), chosen)).toBeUndefined();
    expect(acceleratorFor(square(256), chosen)?.name).toBe('tensorflow');
  });
});
