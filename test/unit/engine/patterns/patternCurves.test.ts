import { describe, expect, it } from 'vitest';
import { unattended } from '../../../../src/engine/job';
import { patternCurves } from '../../../../src/engine/patterns/patternCurves';
import { patternMap } from '../../../../src/engine/patterns/patternMap';
import { CancelledError, UsageError } from '../../../../src/failures';
import type { BlockMap, PatternCurve } from '../../../../src/protocol/patterns';
import { useFolder, writeWeights } from '../../../support/pressing';
import { blocks, singles } from './support';

const at = useFolder();

async function sample(): Promise<string> {
  return writeWeights(at('net.safetensors'), [
    { name: 'fc', shape: [40, 60], values: singles(2, [40, 60]) },
    { name: 'zero', shape: [4, 4], values: new Float32Array(16) },
  ]);
}

describe('curves of error against the kept fraction', () => {
  it('are those of the maps of each size of block, one after the other', async () => {
    const path = await sample();
    const sizes = [
      [2, 2],
      [4, 8],
      [40, 60],
      [7, 7],
    ] as const;
    for (const scope of ['matrix', 'blockRow'] as const) {
      const pattern = blocks([4, 8], { criterion: 'l1', scope });
      const parts: PatternCurve[] = [];
      const curves = await patternCurves(
        { path, tensor: 'fc', pattern, blocks: sizes },
        unattended,
        (part) => parts.push(part),
      );
      expect(parts).toEqual(curves);
      expect(curves.map(({ block }) => block)).toEqual(sizes);
      for (const curve of curves) {
        const map = (await patternMap({
          path,
          tensor: 'fc',
          pattern: { ...pattern, block: curve.block },
        })) as BlockMap;
        expect(curve).toMatchObject({ grid: map.grid, padding: map.padding, costs: map.costs });
        const count = map.grid[0] * map.grid[1];
        const errors = new Float32Array(map.errors);
        curve.kept.forEach((kept, i) => {
          const q = kept * count;
          expect(q).toBeCloseTo(Math.round(q), 9);
          expect(curve.errors[i]).toBeCloseTo(errors[Math.round(q)], 6);
        });
      }
    }
  });

  it('begin with everything lost and end with nothing, and rise in kept', async () => {
    const curves = await patternCurves({
      path: await sample(),
      tensor: 'fc',
      pattern: blocks([1, 1]),
      blocks: [
        [1, 1],
        [20, 30],
      ],
    });
    for (const { kept, errors } of curves) {
      expect([kept[0], kept.at(-1), errors[0], errors.at(-1)]).toEqual([0, 1, 1, 0]);
      expect(kept.every((share, i) => i === 0 || share > kept[i - 1])).toBe(true);
      expect(errors.every((error, i) => i === 0 || error <= errors[i - 1])).toBe(true);
    }
    expect(curves[0].kept).toHaveLength(201);
    // Four blocks have five places on the slider.
    expect(curves[1].kept).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  it('lie at zero for a matrix of zeros', async () => {
    const [curve] = await patternCurves({
      ...{ path: await sample(), tensor: 'zero', pattern: blocks([2, 2]), blocks: [[2, 2]] },
    });
    expect(curve.errors).toEqual([0, 0, 0, 0, 0]);
  });

  it('stop between two sizes when cancelled', async () => {
    const path = await sample();
    let isStopped = false;
    const job = {
      ...unattended,
      throwIfCancelled() {
        if (isStopped) {
          throw new CancelledError();
        }
      },
    };
    const parts: PatternCurve[] = [];
    const stopped = patternCurves(
      {
        path,
        tensor: 'fc',
        pattern: blocks([2, 2]),
        blocks: [
          [2, 2],
          [4, 4],
          [8, 8],
        ],
      },
      job,
      (part) => {
        parts.push(part);
        isStopped = true;
      },
    );
    await expect(stopped).rejects.toThrow(CancelledError);
    expect(parts).toHaveLength(1);
  });

  it('are refused in numbers that nobody reads', async () => {
    const many = Array.from({ length: 33 }, () => [2, 2] as const);
    const refused = patternCurves({
      ...{ path: await sample(), tensor: 'fc', pattern: blocks([2, 2]), blocks: many },
    });
    await expect(refused).rejects.toThrow(UsageError);
  });
});
