import { describe, expect, it } from 'vitest';
import { kernels } from '../../../../src/engine/kernels';

const functions: [string, number, (x: number) => number][] = [
  ['the sigmoid', 0, (x) => 1 / (1 + Math.exp(-x))],
  ['tanh', 1, Math.tanh],
  ['softplus', 2, (x) => Math.max(1e-30, Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))))],
  ['e^x - 1', 3, Math.expm1],
];

describe('activations in f32', () => {
  it.each(functions)('are %s to a few roundings everywhere', (_, kind, exact) => {
    const engine = kernels();
    engine.arena.scope(() => {
      const count = 40_000;
      const x = engine.arena.singles(count);
      // Dense around 0 and out to where f32 has nothing to add, in both directions.
      x.forEach((_value, i) => {
        const t = (i - count / 2) / (count / 2);
        x[i] = i % 2 === 0 ? 60 * t : 60 * t ** 9;
      });
      const out = engine.arena.singles(count);
      engine.exports.activate(kind, x.byteOffset, out.byteOffset, count);
      let worst = 0;
      for (let i = 0; i < count; i++) {
        const wanted = exact(x[i]);
        worst = Math.max(worst, Math.abs(out[i] - wanted) / Math.max(Math.abs(wanted), 1e-30));
      }
      expect(worst).toBeLessThan(5e-7);
    });
  });

  it('stay finite for the largest inputs', () => {
    const engine = kernels();
    engine.arena.scope(() => {
      const x = engine.arena.singles(8);
      x.set([3e38, -3e38, 200, -200, 88, -88, 0, -0]);
      const out = engine.arena.singles(8);
      engine.exports.activate(0, x.byteOffset, out.byteOffset, 8);
      expect([...out].every((value) => value >= 0 && value <= 1)).toBe(true);
      engine.exports.activate(1, x.byteOffset, out.byteOffset, 8);
      expect([...out.subarray(0, 4)]).toEqual([1, -1, 1, -1]);
      engine.exports.activate(2, x.byteOffset, out.byteOffset, 8);
      expect([...out].every((value) => value >= 1e-31 && Number.isFinite(value))).toBe(true);
    });
  });
});
