import { mkdtemp } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { factorise, selectForKept } from '../../src/engine/decompositions';
import { factoriseCp, type CpOptions } from '../../src/engine/decompositions/cp';
import type { Decomposition } from '../../src/engine/decompositions/decomposition';
import { frobeniusNorm, residualNorm } from '../../src/engine/errors';
import { kernelInfo } from '../../src/engine/kernels';
import { createMatrix, type Matrix } from '../../src/engine/linalg/matrix';
import { multiply } from '../../src/engine/linalg/multiply';
import type { DenseTensor } from '../../src/engine/tensor/tensor';
import { toFloat64 } from '../../src/engine/tensor/unfold';
import { openWeights } from '../../src/formats/registry';
import { readTensor } from '../../src/formats/tensorData';
import { openLocalFile } from '../../src/io/localFile';
import { startEngine } from '../engine';
import { bestOf, timed } from '../timing';
import { writeInputs, writeMatrix } from './inputs';
import workload from './workload.json';

/** The fields of bench/peers/peers.py. */
interface Measurement {
  readonly called: string;
  readonly seconds: number;
  readonly runs: number;
  readonly error: number;
  readonly peakBytes: number;
  readonly cpuSeconds: number;
}

const { layer } = workload;
const peerRank = layer.tucker[layer.peerLevel];

type Task = (folder: string, sweeps: number, peerSweeps: number) => Promise<Measurement>;

const tasks: Readonly<Record<string, Task>> = {
  async hosvd(folder) {
    const X = await read(folder, 'layer.npy');
    const { seconds, runs, result } = await bestOf(async () => {
      const factorisation = await factorise('tucker', X, { seed: 0 });
      const levels: Decomposition[] = [];
      for (const rank of layer.tucker) {
        levels.push(await factorisation.at(rank));
        await factorisation.errorAt(rank);
      }
      return levels[layer.peerLevel];
    });
    return measured('HOSVD, all five levels with their errors', seconds, runs, () =>
      error(X, result),
    );
  },

  async hooi(folder) {
    const X = await read(folder, 'layer.npy');
    const { seconds, runs, result } = await bestOf(async () =>
      (await factorise('tucker', X, { seed: 0, tucker: { algorithm: 'hooi' } })).at(peerRank),
    );
    const rounds = `HOOI, ${String(result.attributes.iterations)} rounds`;
    return measured(rounds, seconds, runs, () => error(X, result));
  },

  async tt(folder) {
    const X = await read(folder, 'layer.npy');
    const { seconds, runs, result } = await bestOf(async () =>
      (await factorise('tt', X, { seed: 0 })).at(layer.tt),
    );
    return measured('TT-SVD, one level', seconds, runs, () => error(X, result));
  },

  async cp(folder, sweeps, peerSweeps) {
    const X = await read(folder, 'layer.npy');
    const initial: Matrix[] = [];
    for (let mode = 0; mode < X.shape.length; mode++) {
      initial.push(asMatrix(await read(folder, `start${mode}.npy`)));
    }
    const fit = async (maxIterations: number, options: Partial<CpOptions> = {}) => {
      const settings = { seed: 0, initial, maxIterations, tolerance: 0, ...options };
      return (await factoriseCp(X, settings)).at(layer.cp);
    };
    // What is not a sweep (its start, the residual at the end) is in both and cancels.
    await fit(1);
    const few = await timed(() => fit(1));
    const many = await timed(() => fit(1 + sweeps));
    const seconds = (many.seconds - few.seconds) / sweeps;
    // Without ridge and extrapolation the sweeps are the peer's, and so must be the error.
    const fitted = await fit(peerSweeps, { ridge: 0, extrapolate: false });
    const byDefault = (await fit(peerSweeps)).relativeError.toPrecision(5);
    const called = `CP, a sweep (mean of ${sweeps}); error after ${peerSweeps} without ridge and extrapolation, ${byDefault} with them`;
    return measured(called, seconds, sweeps, () => error(X, fitted));
  },

  'svd-0': (folder) => svdAt(folder, 0),
  'svd-1': (folder) => svdAt(folder, 1),
  'svd-2': (folder) => svdAt(folder, 2),
  'product-float32': (folder) => product(folder, 'single'),
  'product-float64': (folder) => product(folder, 'double'),
};

async function svdAt(folder: string, level: number): Promise<Measurement> {
  const W = await read(folder, 'matrix.safetensors');
  const kept = workload.matrix.kept[level];
  const { seconds, result } = await timed(async () => {
    const factorisation = await factorise('svd', W, { seed: 0 });
    const { rank, attributes } = await selectForKept(factorisation, kept);
    await factorisation.at(rank, undefined, attributes);
    return { rank, residual: (await factorisation.errorAt(rank, undefined, attributes)) ?? NaN };
  });
  const called = `truncated SVD at rank ${result.rank as number}, with its error`;
  return measured(called, seconds, 1, async () => result.residual / frobeniusNorm(W.data));
}

async function product(folder: string, precision: 'single' | 'double'): Promise<Measurement> {
  const a = asMatrix(await read(folder, 'left.npy'));
  const b = asMatrix(await read(folder, 'right.npy'));
  const { seconds, runs, result } = await bestOf(() => multiply(a, b, { precision }));
  const called = `multiply, ${precision} precision; error from a probe`;
  return measured(called, seconds, runs, async () => {
    const probe = createMatrix(
      b.columns,
      1,
      Float64Array.from({ length: b.columns }, (_, j) => Math.cos(j)),
    );
    const expected = await multiply(a, await multiply(b, probe));
    const found = await multiply(result, probe);
    return residualNorm(expected.data, found.data) / frobeniusNorm(expected.data);
  });
}

/** `errorOf` is called last, so that what it allocates does not count as the task's memory. */
async function measured(
  called: string,
  seconds: number,
  runs: number,
  errorOf: () => Promise<number>,
): Promise<Measurement> {
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const error = await errorOf();
  const { user, system } = process.cpuUsage();
  return { called, seconds, runs, error, peakBytes, cpuSeconds: (user + system) / 1e6 };
}

async function error(X: DenseTensor, decomposition: Decomposition): Promise<number> {
  const { data } = await decomposition.reconstruct();
  return residualNorm(X.data, data) / frobeniusNorm(X.data);
}

async function read(folder: string, name: string): Promise<DenseTensor> {
  const file = await openWeights(await openLocalFile(join(folder, name)));
  try {
    return await readTensor(file, file.tensors[0]);
  } finally {
    await file.close();
  }
}

function asMatrix(tensor: DenseTensor): Matrix {
  return createMatrix(tensor.shape[0], tensor.shape[1], toFloat64(tensor));
}

/** `prepare [large]` makes the folder of inputs; otherwise TASK FOLDER THREADS SWEEPS PEER_SWEEPS. */
async function main(): Promise<unknown> {
  const [name, folder, ...rest] = process.argv.slice(2);
  if (name === 'prepare') {
    const made = await mkdtemp(join(tmpdir(), 'tensorpress-peers-'));
    await writeInputs(made);
    const knownErrors = folder === 'large' ? await writeMatrix(made) : [];
    return { folder: made, knownErrors };
  }
  const [threads, sweeps, peerSweeps] = rest.map(Number);
  await startEngine(threads || availableParallelism());
  if (name === 'versions') {
    return kernelInfo();
  }
  return tasks[name](folder, sweeps, peerSweeps);
}

main().then(
  (result) => console.log(JSON.stringify(result)),
  (thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.stack : thrown);
    process.exitCode = 1;
  },
);
