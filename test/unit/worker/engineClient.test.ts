import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CancelledError, FormatError, WorkerError } from '../../../src/failures';
import type { Plan } from '../../../src/engine/selection/plan';
import type { BlockPattern } from '../../../src/protocol/patterns';
import type { BackendSettings } from '../../../src/protocol/backends';
import { createEngineClient } from '../../../src/worker/engineClient';
import type { EngineClient } from '../../../src/worker/engineClient';

const plan: Plan = {
  version: 1,
  source: { file: 'fake.safetensors' },
  budget: { kept: 0.5 },
  seed: 0,
  tensors: [],
};

const pattern: BlockPattern = {
  kind: 'block',
  scheme: 'matrix',
  block: [2, 2],
  criterion: 'frobenius',
  scope: 'matrix',
};

let folder: string;
let script: string;
let engine: EngineClient;
let log: string[];
let memoryLimit: () => number;
let backends: BackendSettings;
let settled: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tensorpress-client-'));
  script = join(folder, 'fakeWorker.js');
  await build({
    entryPoints: [join(import.meta.dirname, 'fakeWorker.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  log = [];
  memoryLimit = () => 512;
  backends = { choice: 'auto' };
  settled = [];
  engine = createEngineClient({
    script,
    memoryLimitMb: () => memoryLimit(),
    backends: () => backends,
    onSettled: (method) => settled.push(method),
    log: (message) => log.push(message),
    graceMs: 500,
  });
});

afterEach(() => engine.dispose());

const choicesFor = (milliseconds: number) => ({
  path: '/fake.safetensors',
  methods: [],
  kept: [],
  seed: milliseconds,
});

const target = () => ({ path: join(folder, 'out'), temporary: join(folder, 'out.press.tmp') });

const threadOf = async () => (await engine.inspect({ path: '/fine' })).parameters;

async function settle(promise: Promise<unknown>): Promise<{ reason: unknown; after: number }> {
  const start = performance.now();
  const reason = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { reason, after: performance.now() - start };
}

describe('engineClient', () => {
  it('starts no worker before the first call', () => {
    expect(log).toEqual([]);
  });

  it('rebuilds a failure of the worker as its own class', async () => {
    const { reason } = await settle(engine.inspect({ path: 'broken.safetensors' }));
    expect(reason).toBeInstanceOf(FormatError);
    expect(reason).toMatchObject({
      message: 'broken.safetensors: the header is cut off.',
      details: { file: 'broken.safetensors' },
    });
  });

  it('streams parts in order before the result', async () => {
    const counts: number[] = [];
    const result = await engine.statistics(
      { path: '/fine', tensor: 'w', bins: 8 },
      { onProgress: (part) => counts.push(part.count) },
    );
    expect(counts).toEqual([0, 1, 2]);
    expect(result.count).toBe(3);
  });

  it('brings arrays over whole, and nothing but them', async () => {
    const map = await engine.patternMap({ path: '/fine', tensor: 'w', pattern });
    if (map.pattern.kind !== 'block' || !('order' in map)) {
      throw new Error('The fake worker answers with blocks.');
    }
    for (const buffer of [map.scores, map.order, map.errors]) {
      expect(buffer).toBeInstanceOf(ArrayBuffer);
    }
    expect(new Float32Array(map.scores)).toEqual(Float32Array.of(1.5, -0, 3e38));
    expect(new Uint32Array(map.order)).toEqual(Uint32Array.of(2, 0, 4294967295));
    expect(new Float32Array(map.errors)).toEqual(Float32Array.of(1, 0.5, 0.25, 0));
    const { mask } = await engine.pattern({
      path: '/fine',
      tensor: 'w',
      pattern,
      kept: 1,
      seed: 0,
    });
    expect(mask).toEqual(Uint8Array.of(0, 128, 255));
    expect(mask.buffer.byteLength).toBe(3);
  });

  it('streams pictures while the worker is busy with the next', async () => {
    const arrived: number[] = [];
    const pictures: Uint8Array[] = [];
    await engine.thumbnails(
      { path: '/fine', tensors: ['a', 'b', 'c'], size: 4 },
      {
        onProgress: ({ values }) => {
          arrived.push(performance.now());
          pictures.push(new Uint8Array(values));
        },
      },
    );
    expect(pictures).toEqual(Array.from({ length: 3 }, () => Uint8Array.of(0, 1, 254, 255)));
    // Not all at the end: the worker spends 100 ms on each.
    expect(arrived[2] - arrived[0]).toBeGreaterThan(100);
  });

  it('streams curves, and what a pattern being written reports', async () => {
    const kept: number[] = [];
    const blocks = [[2, 2]] as const;
    const curves = await engine.patternCurves(
      { path: '/fine', tensor: 'w', pattern, blocks },
      { onProgress: (curve) => kept.push(...curve.kept) },
    );
    expect(kept).toEqual([0.25, 0.75]);
    expect(curves).toHaveLength(2);
    const messages: (string | undefined)[] = [];
    const selection = { tensor: 'w', pattern, kept: 1 };
    const report = await engine.applyPattern(
      { path: '/fine', selection, as: 'mask', seed: 0, output: target() },
      { onProgress: ({ message }) => messages.push(message) },
    );
    expect(report.output).toBe(target().path);
    expect(messages).toEqual(['half of it']);
  });

  it('tells a running worker of other backends before the next call, and a new one at once', async () => {
    const chosen = async () => (await engine.backends({})).choice;
    // Fake workers start as `auto`, whatever they were told.
    expect(await chosen()).toBe('auto');
    backends = { choice: 'wasm' };
    expect(await chosen()).toBe('wasm');
    backends = { choice: 'tensorflow', nativeFolder: '/x' };
    expect(await chosen()).toBe('tensorflow');
    expect(log.filter((line) => line.includes('starting'))).toHaveLength(1);
  });

  it('says which calls have settled, failed ones too', async () => {
    await engine.backends({});
    await settle(engine.inspect({ path: 'broken.safetensors' }));
    expect(settled).toEqual(['backends', 'inspect']);
  });

  it('throttles the reports of a job to about 30 a second', async () => {
    const messages: (string | undefined)[] = [];
    await engine.choices(choicesFor(400), { onProgress: (part) => messages.push(part.message) });
    expect(messages.length).toBeGreaterThan(3);
    expect(messages.length).toBeLessThan(20);
  });

  it('rejects within 200 ms when a busy worker polls the stop sign, and keeps that worker', async () => {
    await engine.choices(choicesFor(0));
    const controller = new AbortController();
    const call = engine.choices(choicesFor(60_000), { signal: controller.signal });
    await delay(100);
    controller.abort();
    const { reason, after } = await settle(call);
    expect(reason).toBeInstanceOf(CancelledError);
    expect(after).toBeLessThan(200);
    await delay(600);
    expect(log.filter((line) => line.includes('starting'))).toHaveLength(1);
    expect(log.some((line) => line.includes('ended'))).toBe(false);
  });

  it('rejects within 200 ms when the worker ignores the stop sign, then ends it and cleans up', async () => {
    await engine.backends({});
    const controller = new AbortController();
    const output = target();
    const call = engine.compress({ path: '/a', plan, output }, { signal: controller.signal });
    await vi.waitFor(() => expect(existsSync(output.temporary)).toBe(true));
    controller.abort();
    const { reason, after } = await settle(call);
    expect(reason).toBeInstanceOf(CancelledError);
    expect(after).toBeLessThan(200);
    await vi.waitFor(() => expect(existsSync(output.temporary)).toBe(false), 3000);
    await expect(engine.backends({})).resolves.toMatchObject({ backends: [] });
    expect(log.filter((line) => line.includes('starting'))).toHaveLength(2);
  });

  it('removes a call that is cancelled while it waits, without disturbing the running one', async () => {
    const running = engine.choices(choicesFor(400));
    const controller = new AbortController();
    const waiting = engine.choices(choicesFor(60_000), { signal: controller.signal });
    controller.abort();
    const { reason, after } = await settle(waiting);
    expect(reason).toBeInstanceOf(CancelledError);
    expect(after).toBeLessThan(50);
    await expect(running).resolves.toMatchObject({ backend: 'fake' });
    await expect(engine.choices(choicesFor(1))).resolves.toMatchObject({ backend: 'fake' });
  });

  it('rejects a call whose signal is aborted already', async () => {
    const { reason } = await settle(engine.backends({}, { signal: AbortSignal.abort() }));
    expect(reason).toBeInstanceOf(CancelledError);
    expect(log).toEqual([]);
  });

  it('inspects while the batch worker is busy', async () => {
    await threadOf();
    const controller = new AbortController();
    const long = engine.choices(choicesFor(60_000), { signal: controller.signal });
    await delay(50);
    const start = performance.now();
    await threadOf();
    expect(performance.now() - start).toBeLessThan(500);
    controller.abort();
    await settle(long);
  });

  it.each([
    ['crash', 'the engine tripped'],
    ['exit', 'exit code 7'],
  ])('says why a worker died by %s and starts another', async (path, why) => {
    const before = await threadOf();
    const { reason } = await settle(engine.inspect({ path }));
    expect(reason).toBeInstanceOf(WorkerError);
    expect((reason as WorkerError).message).toContain(why);
    expect((reason as WorkerError).message).toContain(`"inspect" of ${path}`);
    expect(await threadOf()).not.toBe(before);
  });

  it('names the memory limit when the heap is exhausted, and reads the limit anew', async () => {
    memoryLimit = () => 32;
    const { reason } = await settle(engine.inspect({ path: 'exhaust' }));
    expect(reason).toBeInstanceOf(WorkerError);
    expect((reason as WorkerError).message).toMatch(/limit of 32 MB.*tensorpress\.memoryLimit/);
    memoryLimit = () => 256;
    await expect(threadOf()).resolves.toBeGreaterThan(0);
    expect(log.at(-1)).toContain('memory limit 256 MB');
  });

  it('rejects a call whose worker cannot be started, and tries again with the next', async () => {
    memoryLimit = () => {
      throw new Error('no such setting');
    };
    const { reason } = await settle(engine.inspect({ path: '/fine' }));
    expect(reason).toBeInstanceOf(WorkerError);
    expect((reason as WorkerError).message).toContain('no such setting');
    memoryLimit = () => 512;
    await expect(threadOf()).resolves.toBeGreaterThan(0);
  });

  it('removes the temporary file of a call whose worker is restarted under it', async () => {
    const output = target();
    const call = engine.reconstruct({ path: '/a', output });
    await vi.waitFor(() => expect(existsSync(output.temporary)).toBe(true), 3000);
    const settled = settle(call);
    await engine.restart();
    expect((await settled).reason).toBeInstanceOf(WorkerError);
    expect(existsSync(output.temporary)).toBe(false);
  });

  it('rejects running and waiting calls on dispose, and every later one', async () => {
    const output = target();
    const running = settle(engine.reconstruct({ path: '/a', output }));
    const waiting = settle(engine.backends({}));
    await vi.waitFor(() => expect(existsSync(output.temporary)).toBe(true), 3000);
    await engine.dispose();
    expect((await running).reason).toBeInstanceOf(CancelledError);
    expect((await waiting).reason).toBeInstanceOf(CancelledError);
    expect(existsSync(output.temporary)).toBe(false);
    expect((await settle(engine.backends({}))).reason).toBeInstanceOf(WorkerError);
  });
});
