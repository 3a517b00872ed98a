import { createMatrix, type Matrix } from '../linalg/matrix';
import { dot } from '../linalg/vectors';
import type { BackendSettings } from '../../protocol/backends';
import type { AcceleratorLoad, AcceleratorName } from './accelerator';
import { singleProduct } from './singleProduct';
import { findPackages } from './packageSearch';
import { loadTensorFlow, tensorflowPackages } from './tensorflow';
import { loadWebGpu } from './webgpu';

interface Options extends BackendSettings {
  readonly threads: number;
}

/** Multiply-adds per call of TensorFlow's library: some 50 ms on two cores, less on more. */
const libraryWork = 2 ** 32;
/** 1 GB an operand. */
const libraryElements = 2 ** 28;

/** The last of each name: TensorFlow.js has room for one. */
const loads = new Map<AcceleratorName, { key: string; load: Promise<AcceleratorLoad> }>();

/**
 * Loads and registers an optional backend, and has it compute a small product: what computes it
 * wrong is not used. Tried once, until it is to be looked for in another way. Never throws.
 */
export function loadAccelerator(name: AcceleratorName, options: Options): Promise<AcceleratorLoad> {
  const { nativeFolder, installedFolder, installations, webgpuAdapter, threads } = options;
  const own = name === 'webgpu' ? webgpuAdapter : threads;
  const key = JSON.stringify([nativeFolder, installedFolder, installations, own]);
  const known = loads.get(name);
  if (known?.key === key) {
    return known.load;
  }
  const load = (name === 'webgpu' ? loadWebGpu(options) : openTensorFlow(options)).then(tried);
  loads.set(name, { key, load });
  return load;
}

/**
 * As {@link loadAccelerator}, but loads no library of hundreds of megabytes only to list it: one that
 * is there and has not been needed answers `untried`.
 */
export async function examineAccelerator(
  name: AcceleratorName,
  options: Options,
): Promise<AcceleratorLoad | { readonly untried: string }> {
  const [found] = findPackages(name === 'webgpu' ? ['webgpu'] : tensorflowPackages, options);
  return found && !loads.has(name)
    ? { untried: `${found.version}, loaded when it is chosen` }
    : loadAccelerator(name, options);
}

async function openTensorFlow(options: Options): Promise<AcceleratorLoad> {
  const load = await loadTensorFlow(options);
  if (!load.loaded) {
    return load;
  }
  const { version, device } = load;
  return {
    loaded: true,
    accelerator: {
      name: 'tensorflow',
      version,
      ...(device !== undefined && { device }),
      workPerCall: libraryWork,
      maxElements: libraryElements,
      guard: (use) => use(),
    },
  };
}

const side = { m: 37, k: 129, n: 70 };

/** `load`, unless what it loaded cannot multiply. */
async function tried(load: AcceleratorLoad): Promise<AcceleratorLoad> {
  if (!load.loaded) {
    return load;
  }
  const { name } = load.accelerator;
  const a = sample(side.m, side.k);
  const b = sample(side.n, side.k);
  let reason: string;
  try {
    const product = await singleProduct(a, b, { transposeB: true }, load.accelerator);
    if (largestDifference(product, a, b) < tolerance) {
      return load;
    }
    reason = `The ${name} backend computes wrong products on this machine, and is not used.`;
  } catch (thrown) {
    const [line] = String(thrown instanceof Error ? thrown.message : thrown).split('\n');
    reason = `The ${name} backend loads, but does not compute (${line}).`;
  }
  return { loaded: false, installed: true, reason, devices: load.devices };
}

/** Of entries up to 1, sums of 129 of them in f32. */
const tolerance = 1e-4;

function sample(rows: number, columns: number): Matrix {
  const matrix = createMatrix(rows, columns);
  for (let i = 0; i < matrix.data.length; i++) {
    matrix.data[i] = ((i * 73) % 257) / 128 - 1;
  }
  return matrix;
}

/** Of `product` from A B^T in f64. */
function largestDifference(product: Matrix, a: Matrix, b: Matrix): number {
  let largest = 0;
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      const exact = dot(a.data, i * a.columns, b.data, j * b.columns, a.columns);
      const difference = Math.abs(product.data[i * b.rows + j] - exact);
      // NaN is no small difference.
      largest = difference <= largest ? largest : difference;
    }
  }
  return Number.isNaN(largest) ? Infinity : largest;
}
