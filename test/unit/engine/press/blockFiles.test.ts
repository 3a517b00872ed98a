import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FormatError, OutOfMemoryError, UsageError } from '../../../../src/failures';
import type { Attributes, Method } from '../../../../src/engine/decompositions/decomposition';
import { pressFile } from '../../../../src/engine/press/pressFile';
import { readPressedHeader } from '../../../../src/engine/press/pressedHeader';
import { reconstructFile } from '../../../../src/engine/press/reconstructFile';
import { formatPlan, parsePlan } from '../../../../src/engine/selection/planFile';
import type { Plan } from '../../../../src/engine/selection/plan';
import type { DType } from '../../../../src/engine/tensor/dtype';
import {
  distance,
  noise,
  readAll,
  useFolder,
  withFile,
  writeWeights,
  type TestTensor,
} from '../../../support/pressing';

const at = useFolder();

const conv: TestTensor = { name: 'conv', shape: [12, 8, 3, 3], values: noise(1, [12, 8, 3, 3]) };
const fc: TestTensor = { name: 'fc', shape: [21, 30], values: noise(2, [21, 30]) };

function planOf(tensor: string, method: Method, rank: number, attributes?: Attributes): Plan {
  const figures = { kept: 0.5, relativeError: 0.1, reason: 'for the test' };
  return {
    version: 1,
    source: { file: 'net.safetensors' },
    budget: { kept: 0.5 },
    seed: 5,
    tensors: [{ tensor, method, rank, ...(attributes && { attributes }), ...figures }],
  };
}

function press(path: string, plan: Plan) {
  const output = { path: at('out.safetensors'), temporary: at('out.tmp') };
  return pressFile({ path, plan, output });
}

function reconstruct(path: string) {
  const output = { path: at('dense.safetensors'), temporary: at('dense.tmp') };
  return reconstructFile({ path, output });
}

describe('a pressed file with blocks', () => {
  it.each<[Method, number, DType, Attributes]>([
    ['block', 20, 'float32', { block: [4, 9] }],
    ['block', 20, 'float16', { block: [4, 9], scope: 'blockRow' }],
    ['block', 7, 'bfloat16', { block: [8, 5] }],
    ['block', 9, 'float64', { block: [12, 4], scheme: 'channel-in' }],
    ['kpd', 5, 'float32', { block: [4, 9], blocks: 14 }],
    ['kpd', 5, 'float16', { block: [4, 9], blocks: 14 }],
    ['kpd', 3, 'bfloat16', { block: [5, 5], blocks: 20 }],
    ['kpd', 4, 'float64', { block: [8, 4], blocks: 12, scheme: 'spatial' }],
  ])(
    'gives back what %s of rank %d in %s approximates (%o)',
    async (method, rank, dtype, attributes) => {
      const path = await writeWeights(at('net.safetensors'), [{ ...conv, dtype }]);
      const plan = planOf('conv', method, rank, attributes);
      const report = await press(path, plan);
      const { output } = await reconstruct(report.output);
      const source = (await readAll(path)).get('conv') ?? [];
      const dense = (await readAll(output)).get('conv') ?? [];
      const told = report.tensors[0];
      // Rebuilding rounds to the type once more; blocks are the source's own values.
      const digits = method === 'block' || dtype === 'float64' ? 12 : dtype === 'float32' ? 7 : 3;
      expect(distance(source, dense)).toBeCloseTo(told.relativeError, digits);
      expect(told.relativeError).toBeGreaterThan(0.05);
      expect(told.relativeError).toBeLessThan(1);
      expect(told).toMatchObject({ method, rank });
      await withFile(report.output, async (file) => {
        const { factors, ...header } = readPressedHeader(file).tensors.conv;
        expect(header).toMatchObject({ method, rank, dtype, attributes });
        const entries = factors.map(({ tensor }) =>
          file.tensors.find(({ name }) => name === tensor),
        );
        expect(entries.map((entry) => entry?.dtype)).toEqual(
          factors.map((factor) => factor.dtype ?? dtype),
        );
        expect(told.bytes).toBe(entries.reduce((sum, entry) => sum + (entry?.bytes ?? 0), 0));
        const values = entries.filter((entry) => entry?.dtype === dtype);
        expect(told.parameters).toBe(
          values.reduce((sum, entry) => sum + (entry?.parameters ?? 0), 0),
        );
      });
    },
  );

  it('is the same, byte for byte, for a plan that was written and read', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    const plan = planOf('fc', 'kpd', 3, { block: [4, 5], blocks: 17 });
    const first = await press(path, plan);
    const kept = await readAll(first.output);
    await press(path, parsePlan(formatPlan(plan), 'net.press.json'));
    expect(await readAll(first.output)).toEqual(kept);
  });

  it('takes blocks of 16 x 16, and for kpd half of them, where the plan says no more', async () => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    const attributesOf = async (method: Method) => {
      const { output } = await press(path, planOf('fc', method, 2));
      return withFile(output, async (file) => readPressedHeader(file).tensors.fc.attributes);
    };
    expect(await attributesOf('block')).toEqual({ block: [16, 16] });
    expect(await attributesOf('kpd')).toEqual({ block: [16, 16], blocks: 2 });
  });

  it.each<[string, Plan, string]>([
    ['more blocks than there are', planOf('fc', 'block', 37, { block: [4, 5] }), 'at most 36'],
    ['more terms than blocks', planOf('fc', 'kpd', 6, { block: [4, 5], blocks: 5 }), 'at most 5'],
    [
      'a block beyond the matrix',
      planOf('fc', 'block', 1, { block: [22, 5] }),
      'does not fit the 21 x 30',
    ],
    [
      'too many kept blocks',
      planOf('fc', 'kpd', 1, { block: [4, 5], blocks: 37 }),
      '37 blocks cannot be kept',
    ],
    [
      'a scheme of convolutions',
      planOf('fc', 'block', 1, { scheme: 'spatial' }),
      'Scheme "spatial"',
    ],
  ])('is not made of a plan with %s', async (_, plan, message) => {
    const path = await writeWeights(at('net.safetensors'), [fc]);
    const result = press(path, plan);
    await expect(result).rejects.toThrow(UsageError);
    await expect(result).rejects.toThrow(message);
    expect(await readdir(dirname(path))).toEqual(['net.safetensors']);
  });
});

/** A pressed file of a 6 x 6 matrix in blocks of 2 x 3, sound but for `changes`. */
async function handmade(
  method: 'block' | 'kpd',
  changes: {
    readonly header?: object;
    readonly factors?: Readonly<Record<string, Partial<TestTensor>>>;
    readonly declared?: Readonly<Record<string, string | undefined>>;
  } = {},
): Promise<string> {
  const parts: readonly (readonly [string, DType, TestTensor])[] =
    method === 'block'
      ? [
          ['indptr', 'int32', { name: 'w.indptr', shape: [4], values: [0, 1, 1, 3] }],
          ['indices', 'int32', { name: 'w.indices', shape: [3], values: [1, 0, 1] }],
          ['values', 'float32', { name: 'w.values', shape: [3, 2, 3], values: noise(1, [18]) }],
        ]
      : [
          ['a', 'float32', { name: 'w.a', shape: [1, 3], values: [1, 2, 3] }],
          ['b', 'float32', { name: 'w.b', shape: [1, 2, 3], values: noise(1, [6]) }],
          ['mask', 'uint8', { name: 'w.mask', shape: [1], values: [0b01001100] }],
        ];
  const header = {
    formatVersion: 1,
    tool: { name: 'TensorPress', version: '0' },
    source: { name: 'net.safetensors', format: 'safetensors', bytes: 1, sha256: '' },
    seed: 0,
    tensors: {
      w: {
        method,
        shape: [6, 6],
        dtype: 'float32',
        rank: method === 'block' ? 3 : 1,
        factors: parts.map(([name, dtype, { name: tensor }]) => ({
          name,
          tensor,
          ...(dtype !== 'float32' && { dtype }),
          ...(changes.declared && name in changes.declared && { dtype: changes.declared[name] }),
        })),
        attributes: method === 'block' ? { block: [2, 3] } : { block: [2, 3], blocks: 3 },
        relativeError: 0,
        ...changes.header,
      },
    },
  };
  return writeWeights(
    at('made.safetensors'),
    parts.map(([name, dtype, tensor]) => ({ dtype, ...tensor, ...changes.factors?.[name] })),
    { tensorpress: JSON.stringify(header) },
  );
}

describe('a pressed file made elsewhere', () => {
  it('is rebuilt by what docs/format.md says of blocks', async () => {
    const { output } = await reconstruct(await handmade('block'));
    const w = (await readAll(output)).get('w') ?? new Float64Array();
    const values = Float32Array.from(noise(1, [18]));
    const expected = new Float64Array(36);
    // Blocks (0, 1), (2, 0) and (2, 1).
    [
      [0, 3],
      [4, 0],
      [4, 3],
    ].forEach(([row, column], k) => {
      for (let i = 0; i < 6; i++) {
        expected[(row + Math.floor(i / 3)) * 6 + column + (i % 3)] = values[6 * k + i];
      }
    });
    expect(w).toEqual(expected);
  });

  it('is rebuilt by what docs/format.md says of the Kronecker form', async () => {
    const { output } = await reconstruct(await handmade('kpd'));
    const w = (await readAll(output)).get('w') ?? new Float64Array();
    const b = Float32Array.from(noise(1, [6]));
    const expected = new Float64Array(36);
    // Bits 1, 4 and 5: blocks (0, 1), (2, 0) and (2, 1).
    [
      [0, 3],
      [4, 0],
      [4, 3],
    ].forEach(([row, column], k) => {
      for (let i = 0; i < 6; i++) {
        expected[(row + Math.floor(i / 3)) * 6 + column + (i % 3)] = Math.fround((k + 1) * b[i]);
      }
    });
    expect(w).toEqual(expected);
  });

  it.each<[string, 'block' | 'kpd', Parameters<typeof handmade>[1], string]>([
    [
      'row pointers that fall',
      'block',
      { factors: { indptr: { values: [0, 2, 1, 3] }, indices: { values: [0, 1, 1] } } },
      'do not rise',
    ],
    [
      'row pointers beyond the blocks',
      'block',
      { factors: { indptr: { values: [0, 1, 4, 3] } } },
      'cannot be rebuilt',
    ],
    [
      'negative row pointers',
      'block',
      { factors: { indptr: { values: [0, -5, 1, 3] } } },
      'do not rise',
    ],
    [
      'an index out of range',
      'block',
      { factors: { indices: { values: [2, 0, 1] } } },
      'within 2 columns',
    ],
    [
      'a negative index',
      'block',
      { factors: { indices: { values: [-1, 0, 1] } } },
      'cannot be rebuilt',
    ],
    [
      'indices out of order',
      'block',
      { factors: { indices: { values: [1, 1, 0] } } },
      'does not rise',
    ],
    ['a count that does not fit', 'block', { header: { rank: 2 } }, '"indices" is 3'],
    ['more blocks than there are', 'block', { header: { rank: 7 } }, '7 blocks are kept of 6'],
    ['no block', 'block', { header: { attributes: {} } }, 'cannot be rebuilt'],
    ['a block of nothing', 'block', { header: { attributes: { block: [0, 3] } } }, 'does not fit'],
    ['a block of text', 'block', { header: { attributes: { block: '2x3' } } }, 'does not fit'],
    ['a shape it does not fill', 'block', { header: { shape: [10, 6] } }, '"indptr" is 4'],
    [
      'indices of another type',
      'block',
      { factors: { indices: { dtype: 'int64' } } },
      'instead of int32',
    ],
    [
      'indices that say they are values',
      'block',
      { declared: { indices: undefined } },
      'instead of float32',
    ],
    [
      'values that say they are indices',
      'block',
      { declared: { values: 'int32' } },
      'instead of int32',
    ],
    [
      'indices as whole-number values',
      'block',
      { factors: { indices: { dtype: 'uint8' } }, declared: { indices: 'uint8' } },
      'holds uint8 where int32',
    ],
    ['a type no index has', 'block', { declared: { indices: 'float64' } }, 'not int32 or uint8'],
    [
      'a type that is no text',
      'kpd',
      { declared: { mask: 5 as unknown as string } },
      'tensors.w.factors[2].dtype',
    ],
    [
      'a mask of other blocks than it says',
      'kpd',
      { factors: { mask: { values: [0b01001000] } } },
      'keeps 2 blocks where 3',
    ],
    [
      'a mask with bits left over',
      'kpd',
      { factors: { mask: { values: [0b01001101] } } },
      'beyond the 6',
    ],
    [
      'a mask of another length',
      'kpd',
      { factors: { mask: { shape: [2], values: [76, 0] } } },
      '"mask" is 2',
    ],
    [
      'a number of blocks that does not fit',
      'kpd',
      { header: { attributes: { block: [2, 3], blocks: 2 } } },
      'cannot be rebuilt',
    ],
    [
      'a number of blocks that is none',
      'kpd',
      { header: { attributes: { block: [2, 3], blocks: 'all' } } },
      '"all" blocks cannot be kept',
    ],
    ['a rank that does not fit', 'kpd', { header: { rank: 2 } }, 'cannot be rebuilt'],
    [
      'factors of a decomposition in whole numbers',
      'kpd',
      { header: { method: 'kronecker' } },
      'cannot be rebuilt',
    ],
  ])('is refused with %s', async (_, method, changes, message) => {
    const path = await handmade(method, changes);
    const result = reconstruct(path);
    await expect(result).rejects.toThrow(FormatError);
    await expect(result).rejects.toThrow(message);
    expect(await readdir(dirname(path))).toEqual(['made.safetensors']);
  });

  it('that would be larger than any memory is a lack of memory', async () => {
    const huge = { shape: [6, 2 ** 45], attributes: { block: [2, 3] } };
    await expect(reconstruct(await handmade('block', { header: huge }))).rejects.toThrow(
      OutOfMemoryError,
    );
  });
});
