import { spawn, type ChildProcess } from 'node:child_process';
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noise, smooth, useFolder, writeWeights } from '../../support/pressing';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const at = useFolder();
let bundles = '';

/** The command line as it is shipped: a script, its worker, and the backend's binaries. */
beforeAll(async () => {
  bundles = await mkdtemp(join(tmpdir(), 'tensorpress-cli-'));
  await build({
    absWorkingDir: root,
    entryPoints: {
      cli: 'src/cli/main.ts',
      worker: 'src/worker/worker.ts',
      kernelThread: 'src/engine/kernels/kernelThread.ts',
    },
    outdir: bundles,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    mainFields: ['module', 'main'],
    external: ['@tensorflow/tfjs-node'],
    logLevel: 'error',
  });
  const backend = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  for (const folder of [backend, join(root, 'dist')]) {
    for (const name of await readdir(folder)) {
      if (name.endsWith('.wasm')) {
        await copyFile(join(folder, name), join(bundles, name));
      }
    }
  }
}, 60_000);

afterAll(() => rm(bundles, { recursive: true, force: true }));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(bundles, 'cli.js'), ...args], { cwd: at('.') });
}

function settle(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

describe('the tensorpress command', () => {
  it('compresses in a process of its own, quietly', async () => {
    await writeWeights(at('net.safetensors'), [
      { name: 'fc', shape: [40, 30], values: smooth([40, 30]) },
    ]);
    const { code, out, err } = await settle(start('compress', 'net.safetensors', '--json'));
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ output: 'net.pressed.safetensors' });
    expect((await readdir(at('.'))).sort()).toEqual(['net.pressed.safetensors', 'net.safetensors']);
  });

  it('stops at once at Ctrl-C, with code 130 and nothing left behind', async () => {
    const shape = [256, 256, 3, 3];
    await writeWeights(at('net.safetensors'), [{ name: 'conv', shape, values: noise(1, shape) }]);
    const child = start('compress', 'net.safetensors', '--methods', 'cp');
    const settled = settle(child);
    // CP of this tensor at eleven levels takes far longer than this.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(child.exitCode).toBeNull();
    const interrupted = performance.now();
    child.kill('SIGINT');
    expect(await settled).toMatchObject({ code: 130, err: 'tensorpress: Cancelled.\n' });
    expect(performance.now() - interrupted).toBeLessThan(1000);
    expect(await readdir(at('.'))).toEqual(['net.safetensors']);
  });

  it('does not fail when whoever reads its output stops early', async () => {
    const tensors = Array.from({ length: 3000 }, (_, i) => ({
      name: `a tensor with a rather long name ${i}`,
      shape: [1],
      values: [i],
    }));
    await writeWeights(at('many.safetensors'), tensors);
    const child = start('inspect', 'many.safetensors');
    child.stdout?.once('data', () => child.stdout?.destroy());
    let err = '';
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect([code, err]).toEqual([0, '']);
  });
});
