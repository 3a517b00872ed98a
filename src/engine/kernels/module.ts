import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KernelExports } from './exports';

/** Which instructions the kernels were compiled to. */
export type KernelInstructions = 'relaxed' | 'simd';

export interface KernelModule {
  readonly module: WebAssembly.Module;
  readonly instructions: KernelInstructions;
}

let loaded: KernelModule | undefined;

/**
 * The kernels for this host: with relaxed SIMD (fused multiply-adds) where it is had, else with
 * plain SIMD. The two differ in the last digits of sums.
 * @throws Error when the binaries are missing or the host has no SIMD.
 */
export function kernelModule(): KernelModule {
  loaded ??= load('relaxed') ?? load('simd');
  if (!loaded) {
    throw new Error('This host cannot run WebAssembly SIMD, which the engine needs.');
  }
  return loaded;
}

/** An instance over `memory`; several instances, one per thread, may share it. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelExports {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
  return exports as unknown as KernelExports;
}

function abort(): never {
  throw new Error('A kernel stopped.');
}

function load(instructions: KernelInstructions): KernelModule | undefined {
  const bytes = readFileSync(locate(`kernels-${instructions}.wasm`));
  return WebAssembly.validate(bytes)
    ? { module: new WebAssembly.Module(bytes), instructions }
    : undefined;
}

/**
 * The path of a file that the build leaves beside the bundles: in the folder of the running
 * bundle, or in `dist` of a folder above when running from source.
 */
export function locate(name: string): string {
  let folder = __dirname;
  for (;;) {
    for (const candidate of [join(folder, name), join(folder, 'dist', name)]) {
      if (existsSync(candidate)) {
        return candidate;
      }
    }
    if (dirname(folder) === folder) {
      throw new Error(
        `${name} is missing from ${__dirname}; the installation is incomplete, install TensorPress again.`,
      );
    }
    folder = dirname(folder);
  }
}
