import { activeBackend } from '../engine/backends/backend';
import { kernelInfo } from '../engine/kernels';
import type { BenchmarkCell, BenchmarkInfo } from '../protocol/benchmarks';
import { recordTables, type Benchmark, type BenchmarkResult } from './benchmark';
import { runKronecker, type KroneckerTime } from './blockSparseKronecker';
import {
  blockSizes,
  formatBlock,
  formatMatrix,
  runBlockSize,
  type BlockSeries,
  type ProductSize,
} from './blockSparseRun';
import { breakEvenTable, kroneckerTable, speedTable, speedUpBySparsity } from './blockSparseTables';
import { breakEvenSparsity } from './breakEven';

const info: BenchmarkInfo = {
  id: 'block-sparse',
  title: 'Block-sparse products',
  description:
    'Speed-up of products with block-sparse weights over the dense kernel and over tf.matMul, by sparsity and block size, and of the Kronecker form. There are no published figures to set beside them.',
  duration: 'about a minute on two cores',
  parts: [
    { id: 'medium', title: 'Blocks, 1024 × 1024' },
    { id: 'large', title: 'Blocks, 4096 × 4096' },
    { id: 'kronecker', title: 'Kronecker form, 1024 × 1024' },
  ],
};

export interface BlockSparseOptions {
  readonly medium: ProductSize;
  readonly large: ProductSize;
  /** Of all products of a block size. */
  readonly budgetMs: number;
}

const defaults: BlockSparseOptions = {
  medium: { rows: 1024, columns: 1024, batch: 256 },
  large: { rows: 4096, columns: 4096, batch: 256 },
  budgetMs: 3000,
};

/**
 * Block-sparse products beside dense ones: on `medium` and `large`, and the Kronecker form on
 * `medium`, each block size for about `budgetMs`.
 */
export function createBlockSparse(options: BlockSparseOptions = defaults): Benchmark {
  return {
    info,
    async run(context): Promise<BenchmarkResult> {
      const { job, seed, parts } = context;
      const recorder = recordTables(context, [
        ...(parts.some((part) => part !== 'kronecker') ? [speedTable, breakEvenTable] : []),
        ...(parts.includes('kronecker') ? [kroneckerTable] : []),
      ]);
      const steps = parts.flatMap((part) => blockSizes.map((block) => ({ part, block })));
      const series: BlockSeries[] = [];
      const forms: KroneckerTime[] = [];
      const measured = { seed, budgetMs: options.budgetMs };
      for (const [i, { part, block }] of steps.entries()) {
        const size = part === 'large' ? options.large : options.medium;
        const what = part === 'kronecker' ? 'Kronecker form' : 'blocks';
        const message = `${formatMatrix(size)}, ${what} of ${formatBlock(block)}`;
        job.report(i / steps.length, message);
        if (part === 'kronecker') {
          const times = await runKronecker(size, block, measured, job);
          times.forEach((time) => recorder.add(kroneckerTable.id, kroneckerRow(time)));
          forms.push(...times);
        } else {
          const found = await runBlockSize(size, block, measured, job);
          speedRows(found).forEach((row) => recorder.add(speedTable.id, row));
          recorder.add(breakEvenTable.id, breakEvenRow(found));
          series.push(found);
        }
      }
      return {
        tables: recorder.tables(),
        plots: series.length === 0 ? [] : [speedUpBySparsity(series)],
        notes: [...notesOnBlocks(series), ...notesOnForms(forms)],
      };
    },
  };
}

function speedRows({ matrix, block, denseMs, backendMs, times }: BlockSeries): BenchmarkCell[][] {
  return times.map(({ sparsity, ms, macs }) => [
    matrix,
    block,
    sparsity,
    ms,
    (2 * macs) / ms / 1e6,
    denseMs / ms,
    backendMs / ms,
    times[0].ms / ms,
  ]);
}

function breakEvenRow({ matrix, block, denseMs, backendMs, times }: BlockSeries): BenchmarkCell[] {
  return [
    matrix,
    block,
    denseMs,
    backendMs,
    breakEvenSparsity(times, denseMs),
    breakEvenSparsity(times, backendMs),
  ];
}

function kroneckerRow(time: KroneckerTime): BenchmarkCell[] {
  const { matrix, block, rank, macs, ms, doubleMs, singleMs } = time;
  return [matrix, block, rank, macs, ms, doubleMs / ms, singleMs / ms];
}

function notesOnBlocks(series: readonly BlockSeries[]): string[] {
  if (series.length === 0) {
    return [];
  }
  const { threads } = kernelInfo();
  return [
    'The block-sparse kernel gains from W being packed beforehand and from sums that stay in f32, too; the dense f32 kernel packs W each time and adds in f64 every 512 steps. "Speed-up over all blocks" is what sparsity alone gains.',
    ...(activeBackend() === 'wasm' && threads > 1
      ? [
          `tf.matMul of the wasm backend runs on one thread, the kernels here on ${threads}: its speed-ups compare what can be had, not equal means.`,
        ]
      : []),
    ...series.flatMap(whereBackendWins),
  ];
}

/** In words, what a table of speed-ups hides: where plain tf.matMul is the better choice. */
function whereBackendWins({ matrix, block, times, backendMs }: BlockSeries): string[] {
  const until = breakEvenSparsity(times, backendMs);
  if (until === 0) {
    return [];
  }
  const where = `${matrix} with blocks of ${block}`;
  return until === null
    ? [`${where}: dense tf.matMul is faster at every sparsity measured.`]
    : [`${where}: dense tf.matMul is faster up to a sparsity of about ${until.toFixed(2)}.`];
}

function notesOnForms(forms: readonly KroneckerTime[]): string[] {
  const slower = forms.filter(({ ms, singleMs }) => ms > singleMs);
  return slower.length === 0
    ? []
    : [
        `The Kronecker form is slower than the dense f32 product with ${slower
          .map(({ block, rank }) => `blocks of ${block} at rank ${rank}`)
          .join(', ')}: many small products do not reach the rate of one large one.`,
      ];
}
