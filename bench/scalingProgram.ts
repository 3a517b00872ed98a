import { availableParallelism } from 'node:os';
import { factorise } from '../src/engine/decompositions';
import { factoriseCp } from '../src/engine/decompositions/cp';
import { kernelInfo } from '../src/engine/kernels';
import { eigh } from '../src/engine/linalg/eigh';
import { createMatrix, type Matrix } from '../src/engine/linalg/matrix';
import { multiply } from '../src/engine/linalg/multiply';
import { createRandom } from '../src/engine/random';
import { rankForKept } from '../src/engine/ranks';
import { elementCount, type DenseTensor } from '../src/engine/tensor/tensor';
import { startEngine } from './engine';
import { bestOf } from './timing';

interface Experiment {
  readonly operation: string;
  /** What n is. */
  readonly over: string;
  readonly sizes: readonly number[];
  /** Seconds at size n; makes its input first. */
  measure(n: number): Promise<number>;
}

const clearSeconds = 0.2;

const experiments: readonly Experiment[] = [
  {
    operation: 'product, f64',
    over: 'n × n by n × n',
    sizes: [256, 512, 1024, 2048],
    async measure(n) {
      const [a, b] = [randomMatrix(n, n), randomMatrix(n, n)];
      return (await bestOf(() => multiply(a, b))).seconds;
    },
  },
  {
    operation: 'eigen-decomposition',
    over: 'symmetric n × n',
    sizes: [128, 256, 512, 1024],
    async measure(n) {
      const a = randomMatrix(n, n);
      const symmetric = createMatrix(n, n);
      for (let i = 0, at = 0; i < n; i++) {
        for (let j = 0; j < n; j++, at++) {
          symmetric.data[at] = a.data[at] + a.data[j * n + i];
        }
      }
      return (await bestOf(async () => eigh(symmetric))).seconds;
    },
  },
  {
    operation: 'HOSVD, all five levels',
    over: 'n × n × 3 × 3',
    sizes: [64, 128, 256, 512],
    async measure(n) {
      const X = randomTensor([n, n, 3, 3]);
      const { seconds } = await bestOf(async () => {
        const factorisation = await factorise('tucker', X, { seed: 0 });
        for (const kept of [0.1, 0.25, 0.5, 0.75, 0.9]) {
          await factorisation.at(rankForKept('tucker', X.shape, kept));
        }
      });
      return seconds;
    },
  },
  {
    operation: 'TT-SVD, kept 0.5',
    over: 'n × n × 3 × 3',
    sizes: [64, 128, 256, 512],
    measure: (n) => tensorTrain(n, rankForKept('tt', [n, n, 3, 3], 0.5) as readonly number[]),
  },
  {
    operation: 'TT-SVD, 256 × 256 × 3 × 3',
    over: 'rank (1, 256, n, 256, 1)',
    sizes: [32, 64, 128, 256],
    measure: (n) => tensorTrain(256, [1, 256, n, 256, 1]),
  },
  {
    operation: 'CP sweep, R = 64',
    over: 'n × n × 3 × 3',
    sizes: [64, 128, 256, 512],
    measure: (n) => cpSweep(n, 64),
  },
  {
    operation: 'CP sweep, 128 × 128 × 3 × 3',
    over: 'rank n',
    sizes: [64, 128, 256, 512],
    measure: (n) => cpSweep(128, n),
  },
];

async function tensorTrain(n: number, rank: readonly number[]): Promise<number> {
  const X = randomTensor([n, n, 3, 3]);
  const { seconds } = await bestOf(async () => (await factorise('tt', X, { seed: 0 })).at(rank));
  return seconds;
}

/**
 * The difference between fits of one and of more sweeps; what is not a sweep cancels. As many
 * sweeps as take long enough for the difference to stand clear of the scatter.
 */
async function cpSweep(n: number, rank: number): Promise<number> {
  const X = randomTensor([n, n, 3, 3]);
  const fit = async (maxIterations: number) =>
    (await factoriseCp(X, { seed: 0, maxIterations, tolerance: 0 })).at(rank);
  const few = await bestOf(() => fit(1));
  for (let sweeps = 8; ; sweeps *= 2) {
    const many = await bestOf(() => fit(1 + sweeps));
    const seconds = many.seconds - few.seconds;
    if (seconds > clearSeconds) {
      return seconds / sweeps;
    }
  }
}

function randomTensor(shape: readonly number[]): DenseTensor<Float64Array> {
  const random = createRandom(0);
  const data = Float64Array.from({ length: elementCount(shape) }, () => random.normal());
  return { shape, data };
}

function randomMatrix(rows: number, columns: number): Matrix {
  return createMatrix(rows, columns, randomTensor([rows, columns]).data);
}

/** Slope of the least-squares line through (log size, log seconds). */
function exponentOf(sizes: readonly number[], seconds: readonly number[]): number {
  const x = sizes.map(Math.log);
  const y = seconds.map(Math.log);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const covariance = mean(x.map((value, i) => (value - meanX) * (y[i] - meanY)));
  return covariance / mean(x.map((value) => (value - meanX) ** 2));
}

function milliseconds(seconds: number): string {
  return (seconds * 1000).toPrecision(3);
}

async function main(): Promise<void> {
  const threads = Number(process.argv[2] ?? availableParallelism());
  if (!Number.isInteger(threads) || threads < 1) {
    throw new Error('Usage: npm run bench:scaling -- [THREADS], a whole number above 0.');
  }
  await startEngine(threads);
  console.log(`Node ${process.version}, ${threads} threads, kernels ${kernelInfo().simd}.\n`);
  console.log('| operation | over | n | milliseconds | exponent |');
  console.log('| --- | --- | ---: | ---: | ---: |');
  for (const { operation, over, sizes, measure } of experiments) {
    // The smallest once without counting: the code has then been compiled for the row.
    await measure(sizes[0]);
    const seconds: number[] = [];
    for (const size of sizes) {
      seconds.push(await measure(size));
    }
    const exponent = exponentOf(sizes, seconds).toFixed(2);
    const cells = [operation, over, sizes.join(', '), seconds.map(milliseconds).join(', ')];
    console.log(`| ${cells.join(' | ')} | ${exponent} |`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
