import { stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { methods } from '../../../../src/engine/decompositions/decomposition';
import { inProcessEngine, smooth, useFolder, writeWeights } from '../../../support/pressing';

const at = useFolder();
const engine = inProcessEngine();

describe('the size a plan promises', () => {
  it.each([...methods])('is that of the file with its header, for %s', async (method) => {
    const shapes = [1, 2, 3, 4, 5, 6].flatMap((layer) => [
      { name: `layer${layer}.conv.weight`, shape: [24, 16, 3, 3] },
      { name: `layer${layer}.fc.weight`, shape: [60, 40] },
    ]);
    const path = await writeWeights(
      at('net.safetensors'),
      shapes.map(({ name, shape }, i) => ({ name, shape, values: smooth(shape, i + 1) })),
    );
    const choices = await engine.choices({ path, methods: [method], kept: [0.1, 0.25], seed: 1 });
    const { plan, summary } = await engine.plan({
      ...{ ...choices, budget: { kept: 0.3 }, overrides: [] },
    });
    const output = at('net.pressed.safetensors');
    const report = await engine.compress({
      ...{ path, plan, output: { path: output, temporary: at('part') } },
    });
    const source = (await stat(path)).size;
    const promised = source - summary.denseBytes + summary.bytes + summary.addedHeaderBytes;
    expect(report.outputBytes).toBe((await stat(output)).size);
    expect(summary.addedHeaderBytes).toBeGreaterThan(1000);
    expect(Math.abs(promised - report.outputBytes)).toBeLessThan(0.1 * summary.addedHeaderBytes);
  });
});
