import { afterEach, describe, expect, it } from 'vitest';
import { OutOfMemoryError } from '../../../../src/failures';
import { configureKernels, kernelBytes, kernels } from '../../../../src/engine/kernels';

afterEach(() => configureKernels({ threads: 1, memoryLimit: 2 ** 32 }));

describe('the arena of the kernels', () => {
  it('hands out aligned memory that is free again when its scope ends', () => {
    const { arena } = kernels();
    const before = arena.used;
    const addresses = arena.scope(() => {
      const arrays = [arena.doubles(3), arena.singles(5), arena.zeros(7)];
      expect(arrays[2]).toEqual(new Float64Array(7));
      expect(arrays.every((array) => arena.holds(array))).toBe(true);
      return arrays.map(({ byteOffset }) => byteOffset);
    });
    expect(addresses.every((address) => address % 64 === 0)).toBe(true);
    expect(new Set(addresses).size).toBe(3);
    expect(arena.used).toBe(before);
    expect(arena.holds(new Float64Array(1))).toBe(false);
  });

  it('is free again after a failure inside a scope', () => {
    const { arena } = kernels();
    const before = arena.used;
    const fail = () =>
      arena.scope(() => {
        arena.doubles(100);
        throw new Error('inside');
      });
    expect(fail).toThrow('inside');
    expect(arena.used).toBe(before);
  });

  it('keeps what was written when it grows', () => {
    const { arena } = kernels();
    arena.scope(() => {
      const first = arena.doubles(1000).fill(7);
      const bytes = kernelBytes();
      const large = arena.doubles(bytes / 8).fill(9);
      expect(kernelBytes()).toBeGreaterThan(bytes);
      expect(first.every((value) => value === 7)).toBe(true);
      expect(large.every((value) => value === 9)).toBe(true);
      expect(arena.holds(first) && arena.holds(large)).toBe(true);
    });
  });

  it('lets one scope that waits be open at a time, in the order of the calls', async () => {
    const { arena } = kernels();
    const before = arena.used;
    const order: string[] = [];
    const use = (name: string, turns: number) =>
      arena.asyncScope(async () => {
        const mine = arena.doubles(10).fill(turns);
        for (let turn = 0; turn < turns; turn++) {
          await Promise.resolve();
        }
        expect(mine.every((value) => value === turns)).toBe(true);
        order.push(name);
      });
    const failing = arena.asyncScope(() => Promise.reject(new Error('inside')));
    await Promise.all([use('a', 5), use('b', 1), expect(failing).rejects.toThrow(), use('c', 0)]);
    expect(order).toEqual(['a', 'b', 'c']);
    expect(arena.used).toBe(before);
  });

  it('stops at the memory limit, saying what would raise it', () => {
    configureKernels({ memoryLimit: 16 * 2 ** 20 });
    const { arena } = kernels();
    const tooMuch = () => arena.scope(() => arena.doubles(4 * 2 ** 20));
    expect(tooMuch).toThrow(OutOfMemoryError);
    expect(tooMuch).toThrow(/tensorpress\.memoryLimit/);
    arena.scope(() => expect(arena.doubles(1000)).toHaveLength(1000));
  });
});
