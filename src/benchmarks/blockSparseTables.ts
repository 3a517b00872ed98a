import type { BenchmarkPlot } from '../protocol/benchmarks';
import type { TableDefinition } from './benchmark';
import type { BlockSeries } from './blockSparseRun';

export const speedTable: TableDefinition = {
  id: 'speed',
  title: 'Block-sparse product beside the dense one',
  caption:
    'W with random blocks times a dense X. Sparsity is the fraction of the blocks that are dropped; the rate counts the multiply-adds of the others. W is packed beforehand, X within the time. The dense f32 kernel finds W in its memory; tf.matMul finds both operands on its backend. The fastest of several rounds, all products of a block size in turn.',
  columns: [
    { id: 'matrix', title: 'W', kind: 'text' },
    { id: 'block', title: 'Block', kind: 'text' },
    { id: 'sparsity', title: 'Sparsity', kind: 'number', digits: 3 },
    { id: 'time', title: 'Time', unit: 'ms', kind: 'number', digits: 3 },
    { id: 'rate', title: 'Rate', unit: 'GFLOP/s', kind: 'number', digits: 3 },
    { id: 'overDense', title: 'Speed-up over dense kernel', kind: 'number', digits: 3 },
    { id: 'overBackend', title: 'Speed-up over tf.matMul', kind: 'number', digits: 3 },
    { id: 'overAll', title: 'Speed-up over all blocks', kind: 'number', digits: 3 },
  ],
};

export const breakEvenTable: TableDefinition = {
  id: 'break-even',
  title: 'Break-even sparsity',
  caption:
    'The sparsity from which on the block-sparse product is the faster one, interpolated between those measured; 0 where it is with all blocks stored, a dash where it never is.',
  columns: [
    { id: 'matrix', title: 'W', kind: 'text' },
    { id: 'block', title: 'Block', kind: 'text' },
    { id: 'dense', title: 'Dense kernel', unit: 'ms', kind: 'number', digits: 3 },
    { id: 'backend', title: 'tf.matMul', unit: 'ms', kind: 'number', digits: 3 },
    { id: 'breakEvenDense', title: 'Break-even, dense kernel', kind: 'number', digits: 3 },
    { id: 'breakEvenBackend', title: 'Break-even, tf.matMul', kind: 'number', digits: 3 },
  ],
};

export const kroneckerTable: TableDefinition = {
  id: 'kronecker',
  title: 'Kronecker block-sparse form',
  caption:
    'W X from the factors, without forming W, in f64, half of the blocks kept; beside the dense products. Multiply-adds are those of the form as a fraction of the dense ones.',
  columns: [
    { id: 'matrix', title: 'W', kind: 'text' },
    { id: 'block', title: 'Block', kind: 'text' },
    { id: 'rank', title: 'Rank', kind: 'number' },
    { id: 'macs', title: 'Multiply-adds, kept', kind: 'number', digits: 3 },
    { id: 'time', title: 'Time', unit: 'ms', kind: 'number', digits: 3 },
    { id: 'overDouble', title: 'Speed-up over dense, f64', kind: 'number', digits: 3 },
    { id: 'overSingle', title: 'Speed-up over dense, f32', kind: 'number', digits: 3 },
  ],
};

/** Speed-up over the dense kernel against sparsity, a line for each block size. */
export function speedUpBySparsity(series: readonly BlockSeries[]): BenchmarkPlot {
  return {
    id: 'speed-up-by-sparsity',
    title: 'Speed-up over the dense kernel',
    x: { title: 'Sparsity', scale: 'linear' },
    y: { title: 'Speed-up', scale: 'log' },
    series: series.map(({ matrix, block, times, denseMs }) => ({
      title: `${matrix}, ${block}`,
      points: times.map(({ sparsity, ms }) => [sparsity, denseMs / ms] as const),
    })),
  };
}
