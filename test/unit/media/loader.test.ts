import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pressFile } from '../../../src/engine/press/pressFile';
import { reconstructFile } from '../../../src/engine/press/reconstructFile';
import type { Attributes, Method, Rank } from '../../../src/engine/decompositions/decomposition';
import type { DType } from '../../../src/engine/tensor/dtype';
import { noise, readAll, smooth, useFolder, writeWeights } from '../../support/pressing';

const loader = fileURLToPath(new URL('../../../media/loader.py', import.meta.url));
/** A Python with torch can be named where it is not the system's. */
const python = process.env.PYTHON ?? 'python3';

const at = useFolder();

it('has at most 40 lines', () => {
  expect(readFileSync(loader, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(40);
});

/** Every method, on shapes with and without spatial axes, unit axes among them; blocks with padding. */
const cases: readonly (readonly [Method, readonly number[], Rank, DType, Attributes?])[] = [
  ['svd', [20, 30], 7, 'float32'],
  ['svd', [12, 8, 3, 5], 7, 'float32', { scheme: 'channel-out' }],
  ['svd', [12, 8, 3, 5], 7, 'float32', { scheme: 'channel-in' }],
  ['svd', [12, 8, 3, 5], 7, 'float32', { scheme: 'spatial' }],
  ['svd', [6, 4, 3, 2, 5], 5, 'float64', { scheme: 'spatial' }],
  ['cp', [12, 8, 3, 5], 9, 'float32'],
  ['cp', [20, 30], 4, 'float32'],
  ['cp', [12, 8, 5], 6, 'bfloat16'],
  ['tucker', [12, 8, 3, 5], [7, 5, 3, 5], 'float32'],
  ['tucker', [12, 8, 3, 5], [12, 5, 3, 5], 'float16'],
  ['tt', [12, 8, 3, 5], [1, 6, 7, 8, 1], 'float32'],
  ['tt', [12, 8, 1, 1], [1, 5, 5, 5, 1], 'float32'],
  ['tt', [12, 8, 5], [1, 6, 7, 1], 'float64'],
  ['kronecker', [12, 8, 3, 5], 5, 'float32'],
  ['kronecker', [20, 30], 5, 'float32'],
  ['block', [20, 30], 7, 'float32', { block: [4, 5] }],
  ['block', [20, 30], 1, 'bfloat16', { block: [8, 8] }],
  ['block', [21, 30], 12, 'float16', { block: [4, 8], criterion: 'l1', scope: 'blockRow' }],
  ['block', [12, 8, 3, 5], 9, 'float32', { block: [4, 15] }],
  ['block', [12, 8, 3, 5], 9, 'float32', { block: [15, 3], scheme: 'channel-in' }],
  ['block', [6, 4, 3, 2, 5], 5, 'float64', { block: [4, 7], scheme: 'spatial' }],
  ['kpd', [20, 30], 3, 'float32', { block: [4, 5], blocks: 20 }],
  ['kpd', [21, 70], 2, 'float64', { block: [2, 2], blocks: 4 }],
  ['kpd', [12, 8, 3, 5], 4, 'float16', { block: [4, 15], blocks: 13 }],
  ['kpd', [12, 8, 3, 5], 4, 'float32', { block: [4, 4], blocks: 9, scheme: 'spatial' }],
];

const script = `
import json, sys
import torch
sys.path.insert(0, sys.argv[1])
from loader import load_pressed
loaded = load_pressed(sys.argv[2])
print(json.dumps([[name, list(t.shape), str(t.dtype), t.double().flatten().tolist()] for name, t in loaded.items()]))
`;

it('rebuilds in PyTorch what reconstruct writes, for every method', async (context) => {
  if (!hasTorch()) {
    context.skip(`${python} cannot import torch (set PYTHON to one that can)`);
  }
  const path = await writeWeights(at('net.safetensors'), [
    ...cases.map(([, shape, , dtype], i) => ({
      name: `t${i}`,
      shape,
      dtype,
      values: smooth(shape, i),
    })),
    { name: 'bias', shape: [7], values: noise(1, [7]) },
    { name: 'empty', shape: [0, 3], values: [] },
    { name: 'steps', shape: [], values: [12], dtype: 'int64' as const },
  ]);
  const pressed = at('net.pressed.safetensors');
  await pressFile({
    path,
    output: { path: pressed, temporary: at('p.tmp') },
    plan: {
      version: 1,
      source: { file: 'net.safetensors' },
      budget: { kept: 0.5 },
      seed: 0,
      tensors: cases.map(([method, , rank, , attributes], i) => ({
        tensor: `t${i}`,
        method,
        rank,
        ...(attributes && { attributes }),
        kept: 0.5,
        relativeError: 0,
        reason: '',
      })),
    },
  });
  const output = { path: at('dense.safetensors'), temporary: at('d.tmp') };
  await reconstructFile({ path: pressed, output });
  await writeFile(at('check.py'), script);
  const text = execFileSync(
    python,
    [at('check.py'), fileURLToPath(new URL('.', `file://${loader}`)), pressed],
    {
      encoding: 'utf8',
      maxBuffer: 2 ** 27,
    },
  );
  const loaded = JSON.parse(text) as [string, number[], string, number[]][];
  const dense = await readAll(output.path);
  expect(loaded.map(([name]) => name)).toEqual([...dense.keys()]);
  for (const [name, shape, dtype, values] of loaded) {
    const asked = /^t(\d+)$/.exec(name);
    if (asked) {
      const [, expectedShape, , expectedType] = cases[Number(asked[1])];
      expect(shape).toEqual(expectedShape);
      expect(dtype).toBe(`torch.${expectedType}`);
    }
    const exact = dense.get(name) ?? new Float64Array();
    expect(values.length).toBe(exact.length);
    const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // One unit in the last place of half precision: both round sums of their own order.
    const tolerance = /float16/.test(dtype) ? largest * 2 ** -7 : largest * 1e-6;
    const worst = exact.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i])), 0);
    expect(worst, name).toBeLessThanOrEqual(tolerance);
  }
}, 120_000);

function hasTorch(): boolean {
  try {
    execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
