import type { BenchmarkCell, BenchmarkInfo } from '../protocol/benchmarks';
import {
  recordTables,
  type Benchmark,
  type BenchmarkResult,
  type TableDefinition,
} from './benchmark';
import { fitPowerLaw } from './fit';
import { measure } from './measure';
import {
  backendOperations,
  operations,
  throughputParts,
  type Operation,
} from './throughputOperations';

const info: BenchmarkInfo = {
  id: 'throughput',
  title: 'Speed of matrix operations',
  description:
    'Time and floating-point operations per second of the products and factorisations that decompositions are made of, by size.',
  duration: 'about a minute on two cores',
  parts: throughputParts,
};

const ratesTable: TableDefinition = {
  id: 'rates',
  title: 'Time and rate',
  caption:
    'Matrices of n × n. The best of several runs after one to warm up. Eigen-decompositions and SVDs are counted as the classic algorithms (Golub and Van Loan, Matrix Computations), whatever is run here.',
  columns: [
    { id: 'operation', title: 'Operation', kind: 'text' },
    { id: 'size', title: 'n', kind: 'number' },
    { id: 'time', title: 'Time', unit: 'ms', kind: 'number' },
    { id: 'rate', title: 'Rate', unit: 'GFLOP/s', kind: 'number', digits: 3 },
    { id: 'counted', title: 'Counted as', kind: 'text' },
    { id: 'runs', title: 'Runs', kind: 'number' },
  ],
};

const growthTable: TableDefinition = {
  id: 'growth',
  title: 'Growth with size',
  caption:
    'The exponent p of time ~ n^p, by least squares on logarithms; it takes at least four sizes.',
  columns: [
    { id: 'operation', title: 'Operation', kind: 'text' },
    { id: 'exponent', title: 'Exponent', kind: 'number', digits: 3 },
    { id: 'sizes', title: 'Sizes', kind: 'number' },
    { id: 'best', title: 'Best rate', unit: 'GFLOP/s', kind: 'number', digits: 3 },
  ],
};

const productsNote =
  'tf.matMul is timed by itself, on operands that lie on the backend; the products include what it takes to bring the operands where they are multiplied.';

const backendsNote =
  'Products on each backend start from matrices of the engine and end as one: conversion to f32 and the way there and back are included. wasm stands for the engine’s own kernels.';

interface Rate {
  readonly size: number;
  readonly ms: number;
  /** GFLOP/s. */
  readonly rate: number;
}

/**
 * Times the engine's linear algebra on random matrices, operation by operation: at `sizes`
 * in place of each operation's own, and for `enoughMs` at each size in place of 300.
 */
export function createThroughput(sizes?: readonly number[], enoughMs?: number): Benchmark {
  return {
    info,
    async run(context): Promise<BenchmarkResult> {
      const { job, seed, parts } = context;
      const recorder = recordTables(context, [ratesTable, growthTable]);
      const selected = [
        ...operations.filter(({ part }) => parts.includes(part)),
        ...(parts.includes('backends') ? await backendOperations() : []),
      ];
      const series: { operation: Operation; rates: readonly Rate[] }[] = [];
      for (const [i, operation] of selected.entries()) {
        const rates: Rate[] = [];
        const own = sizes ?? operation.sizes;
        for (const [k, size] of own.entries()) {
          const fraction = (i + k / own.length) / selected.length;
          job.report(fraction, `${operation.title}, n = ${size}`);
          const prepared = await operation.prepare(size, seed, job);
          try {
            const { ms, runs } = await measure(() => prepared.run(), job, enoughMs);
            const rate = operation.flops(size) / ms / 1e6;
            rates.push({ size, ms, rate });
            recorder.add(ratesTable.id, [operation.title, size, ms, rate, operation.counted, runs]);
          } finally {
            prepared.dispose?.();
          }
        }
        series.push({ operation, rates });
        recorder.add(growthTable.id, growthRow(operation, rates));
      }
      return {
        tables: recorder.tables(),
        plots: [
          {
            id: 'rate-by-size',
            title: 'Rate by size',
            x: { title: 'n', scale: 'log' },
            y: { title: 'Rate', unit: 'GFLOP/s', scale: 'log' },
            series: series.map(({ operation, rates }) => ({
              title: operation.title,
              points: rates.map(({ size, rate }) => [size, rate] as const),
            })),
          },
        ],
        notes: [
          ...(parts.includes('products') ? [productsNote] : []),
          ...(parts.includes('backends') ? [backendsNote] : []),
        ],
      };
    },
  };
}

function growthRow({ title }: Operation, rates: readonly Rate[]): BenchmarkCell[] {
  const fit = fitPowerLaw(rates.map(({ size, ms }) => [size, ms] as const));
  const best = Math.max(...rates.map(({ rate }) => rate));
  return [title, fit?.exponent ?? null, rates.length, best];
}
