import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FileError, FormatError, UsageError } from '../../../src/failures';
import { unattended } from '../../../src/engine/job';
import type { ChoicesProgress, TensorStatistics } from '../../../src/protocol/engine';
import type { PatternCurve, Thumbnail } from '../../../src/protocol/patterns';
import { handlers } from '../../../src/worker/handlers';
import { noise, smooth, useFolder, writeWeights } from '../../support/pressing';

const at = useFolder();
const silent = { job: unattended, emit: () => {} };

async function sample(): Promise<string> {
  return writeWeights(
    at('net.safetensors'),
    [
      { name: 'fc', shape: [20, 30], values: smooth([20, 30]) },
      { name: 'bias', shape: [20], values: noise(1, [20]), dtype: 'float16' },
      {
        name: 'odd',
        shape: [2],
        values: [],
        raw: { dtype: 'F8_E4M3', bytes: Uint8Array.of(1, 2) },
      },
    ],
    { origin: 'a test' },
  );
}

/** Choices, plan and pressed file, as the host asks for them one after the other. */
async function press(path: string): Promise<string> {
  const result = await handlers.choices(
    { path, methods: ['svd'], kept: [0.25, 0.5], seed: 0 },
    silent,
  );
  const { plan } = await handlers.plan({ ...result, budget: { kept: 0.4 }, overrides: [] }, silent);
  const output = { path: at('net.pressed.safetensors'), temporary: at('t.press.tmp') };
  return (await handlers.compress({ path, plan, output }, silent)).output;
}

describe('inspect', () => {
  it('lists every tensor, the unreadable one with its problem, without reading any', async () => {
    const path = await sample();
    const summary = await handlers.inspect({ path }, silent);
    expect(summary).toMatchObject({
      path,
      name: 'net.safetensors',
      format: 'safetensors',
      parameters: 622,
      metadata: { origin: 'a test' },
    });
    expect(summary.tensors.map(({ name, dtype, bytes }) => [name, dtype, bytes])).toEqual([
      ['fc', 'float32', 2400],
      ['bias', 'float16', 40],
      ['odd', 'F8_E4M3', 2],
    ]);
    expect(summary.tensors[2].problem).toBeDefined();
    expect(summary.pressed).toBeUndefined();
    expect(summary.modified).toBeGreaterThan(0);
  });

  it('tells of a pressed file how its tensors are stored', async () => {
    const summary = await handlers.inspect({ path: await press(await sample()) }, silent);
    expect(summary.pressed).toMatchObject({
      source: 'net.safetensors',
      sourceFormat: 'safetensors',
    });
    expect(summary.pressed?.tensors).toMatchObject([
      { tensor: 'fc', method: 'svd', shape: [20, 30], dtype: 'float32' },
    ]);
  });

  it('opens a file with a damaged pressed header, and says what is wrong with it', async () => {
    const path = await writeWeights(
      at('net.safetensors'),
      [{ name: 'a', shape: [1], values: [1] }],
      { tensorpress: '{"formatVersion":1}' },
    );
    const summary = await handlers.inspect({ path }, silent);
    expect(summary.tensors).toHaveLength(1);
    expect(summary.pressedProblem).toContain('"tensorpress"');
  });

  it('says what is wrong with what it cannot open', async () => {
    await writeFile(at('page.safetensors'), '<!DOCTYPE html><html></html>');
    const page = handlers.inspect({ path: at('page.safetensors') }, silent);
    await expect(page).rejects.toThrow(FormatError);
    const missing = handlers.inspect({ path: at('missing.safetensors') }, silent);
    await expect(missing).rejects.toThrow(FileError);
    await expect(handlers.inspect({ path: at('.') }, silent)).rejects.toThrow(/folder/);
  });
});

describe('statistics', () => {
  it('stream the moments before the spectrum', async () => {
    const parts: TensorStatistics[] = [];
    const result = await handlers.statistics(
      { path: await sample(), tensor: 'fc', bins: 10 },
      { job: unattended, emit: (part) => parts.push(part) },
    );
    expect(parts[0]).toMatchObject({ tensor: 'fc', count: 600, nonFinite: 0 });
    expect(parts[0].spectrum).toBeUndefined();
    expect(result.spectrum?.singularValues).toHaveLength(20);
  });

  it('of a tensor that is not there are refused', async () => {
    const result = handlers.statistics({ path: await sample(), tensor: 'no', bins: 9 }, silent);
    await expect(result).rejects.toThrow(UsageError);
  });
});

describe('from choices to dense weights', () => {
  it('every step takes what the one before gives', async () => {
    const path = await sample();
    const parts: ChoicesProgress[] = [];
    const result = await handlers.choices(
      { path, methods: ['svd', 'kronecker'], kept: [0.25, 0.5], seed: 0 },
      { job: unattended, emit: (part) => parts.push(part) },
    );
    expect(result.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(parts.flatMap((part) => part.choices)).toHaveLength(4);
    const { plan, summary } = await handlers.plan(
      { ...result, budget: { kept: 0.4 }, overrides: [] },
      silent,
    );
    expect(plan.source).toEqual({ file: 'net.safetensors', sha256: result.sha256 });

    const text = await handlers.formatPlan({ plan }, silent);
    expect(await handlers.readPlan({ text, file: 'net.press.json' }, silent)).toEqual(plan);

    const output = { path: at('net.pressed.safetensors'), temporary: at('t.press.tmp') };
    const report = await handlers.compress({ path, plan, output }, silent);
    expect(report.parameters).toBe(summary.parameters);
    expect(report.error.relative).toBeCloseTo(summary.error.relative, 6);

    const dense = { path: at('dense.safetensors'), temporary: at('d.press.tmp') };
    const rebuilt = await handlers.reconstruct({ path: report.output, output: dense }, silent);
    expect(rebuilt.reconstructed).toEqual(['fc']);
  });

  it('a pressed file gets no choices', async () => {
    const pressed = await press(await sample());
    const again = handlers.choices(
      { path: pressed, methods: ['svd'], kept: [0.5], seed: 0 },
      silent,
    );
    await expect(again).rejects.toThrow('compressed by TensorPress already');
  });
});

describe('patterns', () => {
  const pattern = {
    kind: 'block',
    scheme: 'matrix',
    block: [4, 5],
    criterion: 'frobenius',
    scope: 'matrix',
  } as const;

  it('go from what a tensor can have to a file that has it, with the same numbers', async () => {
    const path = await sample();
    const info = await handlers.patternInfo({ path, tensor: 'fc' }, silent);
    expect(info.matrices.map(({ scheme }) => scheme)).toEqual(['matrix']);

    const map = await handlers.patternMap({ path, tensor: 'fc', pattern }, silent);
    if (!('order' in map)) {
      throw new Error('A map of blocks was asked for.');
    }
    expect(map.grid).toEqual([5, 6]);
    const relative = new Float32Array(map.errors)[12];

    const curves: PatternCurve[] = [];
    await handlers.patternCurves(
      {
        path,
        tensor: 'fc',
        pattern,
        blocks: [
          [4, 5],
          [2, 2],
        ],
      },
      { job: unattended, emit: (part) => curves.push(part) },
    );
    expect(curves.map(({ grid }) => grid)).toEqual([
      [5, 6],
      [10, 15],
    ]);
    expect(curves[0].errors[curves[0].kept.indexOf(0.4)]).toBeCloseTo(relative, 6);

    const full = await handlers.pattern(
      { path, tensor: 'fc', pattern, kept: 0.4, seed: 0 },
      silent,
    );
    expect(full.blocks).toBe(12);
    expect(full.error.relative).toBeCloseTo(relative, 6);

    const selection = { tensor: 'fc', pattern, kept: 12 };
    const fit = await handlers.patternKpd({ path, selection, rank: 3 }, silent);
    expect(fit.rank).toBe(3);
    expect(fit.relativeError).toBeGreaterThanOrEqual(relative);

    for (const as of ['bsr', 'zeros'] as const) {
      const messages: number[] = [];
      const output = { path: at(`${as}.safetensors`), temporary: at(`${as}.press.tmp`) };
      const job = { ...unattended, report: (fraction: number) => void messages.push(fraction) };
      const report = await handlers.applyPattern(
        { path, selection, as, seed: 0, output },
        { job, emit: () => {} },
      );
      expect(report.relativeError).toBeCloseTo(relative, 6);
      expect(messages.length).toBeGreaterThan(0);
    }
  });

  it('of a pressed file are those of its factors', async () => {
    const path = await press(await sample());
    const { pressed } = await handlers.inspect({ path }, silent);
    const [factor] = pressed?.tensors[0].factors ?? [];
    const map = await handlers.patternMap(
      { path, tensor: factor, pattern: { ...pattern, block: [1, 1] } },
      silent,
    );
    expect(map.tensor).toBe(factor);
    expect(map.norm).toBeGreaterThan(0);
  });

  it('stream small pictures of tensors', async () => {
    const parts: Thumbnail[] = [];
    await handlers.thumbnails(
      { path: await sample(), tensors: ['fc', 'odd', 'bias'], size: 10 },
      { job: unattended, emit: (part) => parts.push(part) },
    );
    expect(parts.map(({ tensor, rows, columns }) => [tensor, rows, columns])).toEqual([
      ['fc', 10, 10],
      ['odd', 0, 0],
      ['bias', 1, 10],
    ]);
  });
});

it('backends tell which one is in use', async () => {
  const { backends } = await handlers.backends({}, silent);
  expect(backends.filter(({ active }) => active)).toHaveLength(1);
  expect(backends.every(({ detail }) => detail.length > 0)).toBe(true);
});
