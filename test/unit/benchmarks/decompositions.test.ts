import { describe, expect, it } from 'vitest';
import { cpSweeps, kernelSeed, runLayer } from '../../../src/benchmarks/decompositionRun';
import { createDecompositions } from '../../../src/benchmarks/decompositions';
import { runBenchmark } from '../../../src/benchmarks/run';
import { studyLayers, studyLevels, type StudyLayer } from '../../../src/benchmarks/study';
import { syntheticKernel } from '../../../src/benchmarks/syntheticKernel';
import type { Decomposition } from '../../../src/engine/decompositions/decomposition';
import { jobFromSignal, unattended } from '../../../src/engine/job';
import { parameterCount } from '../../../src/engine/ranks';
import { CancelledError } from '../../../src/failures';
import type { BenchmarkReport, BenchmarkTable } from '../../../src/protocol/benchmarks';
import { distance } from '../../support/pressing';

const [{ published }] = studyLayers;
/** As small as they come, so that the real benchmark takes a moment. */
const layers: readonly StudyLayer[] = [
  { network: 'GaripovNet', layer: 100, shape: [8, 6, 3, 3], published },
  { network: 'GaripovNet', layer: 101, shape: [12, 8, 3, 3], published, remark: 'Made up.' },
];
const registry = [createDecompositions(layers)];

async function report(...parts: string[]): Promise<BenchmarkReport> {
  return runBenchmark({ id: 'decompositions', parts, seed: 5 }, unattended, () => {}, registry);
}

/** The values of a column, by its id. */
function column(table: BenchmarkTable, id: string): (string | number | null)[] {
  const at = table.columns.findIndex((candidate) => candidate.id === id);
  return table.rows.map((row) => row[at]);
}

const numbers = (values: readonly unknown[]): number[] => values.map(Number);
const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

describe('the benchmark of decompositions', () => {
  it('has a row for every layer, method and level, and adds up', async () => {
    const { tables, plots, notes } = await report('tucker', 'tt', 'cp');
    const [totals, choices, byLayer] = tables;
    expect(choices.rows).toHaveLength(2 * 3 * studyLevels.length);
    expect(byLayer.rows).toHaveLength(2 * 3);
    expect(column(totals, 'method')).toEqual([
      'Tucker',
      'Tensor Train',
      'Tucker and Tensor Train',
      'CP',
    ]);
    expect(column(totals, 'count')).toEqual([10, 10, 20, 10]);
    const [tucker, tt, both, cp] = numbers(column(totals, 'total'));
    expect(both).toBeCloseTo(tucker + tt, 9);
    expect(1000 * (both + cp)).toBeCloseTo(sum(numbers(column(byLayer, 'total'))), 6);
    expect(sum(numbers(column(byLayer, 'levels')))).toBeCloseTo(
      sum(numbers(column(choices, 'time'))),
      6,
    );
    expect(plots.map(({ series }) => series.map(({ title }) => title))).toEqual([
      ['Tucker', 'Tensor Train', 'CP'],
      ['Tucker', 'Tensor Train', 'CP'],
    ]);
    expect(plots[0].title).toContain('layer 101 (12×8×3×3)');
    expect(plots[1].series[0].points.map(([x]) => x)).toEqual([432, 864]);
    expect(notes.join(' ')).toContain('of 10 Tensor Train ranks');
    expect(notes).toContain('Made up.');
  });

  it('shows the published rank beside ours, sweeps only of CP', async () => {
    const { tables } = await report('cp', 'tucker');
    const choices = tables[1];
    const rank = choices.columns.filter(({ title }) => title === 'Rank');
    expect(rank.map((own) => own.published ?? false)).toEqual([false, true]);
    expect(column(choices, 'publishedRank').slice(0, 2)).toEqual([
      '(14, 14, 3, 3)',
      '(26, 26, 3, 3)',
    ]);
    column(choices, 'method').forEach((method, i) => {
      const sweeps = column(choices, 'sweeps')[i];
      const converged = column(choices, 'converged')[i];
      if (method === 'CP') {
        expect(sweeps).toBeGreaterThanOrEqual(1);
        expect(sweeps).toBeLessThanOrEqual(cpSweeps);
        expect(['yes', 'no']).toContain(converged);
      } else {
        expect([sweeps, converged]).toEqual([null, null]);
      }
    });
  });

  it('repeats its errors with the same seed', async () => {
    const errors = async (): Promise<unknown> => column((await report('cp')).tables[1], 'error');
    expect(await errors()).toEqual(await errors());
  });

  it('says of one part only what it ran', async () => {
    const { tables, plots, notes } = await report('tucker');
    expect(column(tables[0], 'method')).toEqual(['Tucker']);
    expect(plots[0].series.map(({ title }) => title)).toEqual(['Tucker']);
    expect(notes.join(' ')).not.toContain('Tensor Train ranks');
    expect(notes).not.toContain('Made up.');
  });

  it('stops between two levels', async () => {
    const stop = new AbortController();
    let rows = 0;
    const run = runBenchmark(
      { id: 'decompositions', seed: 0 },
      jobFromSignal(stop.signal),
      (part) => {
        rows += part.rows?.rows.length ?? 0;
        if (rows === 2) {
          stop.abort();
        }
      },
      registry,
    );
    await expect(run).rejects.toThrow(CancelledError);
    expect(rows).toBe(2);
  });
});

describe.each(['tucker', 'tt', 'cp'] as const)('runLayer, %s', (method) => {
  it('gives the error of what the decomposition rebuilds, level by level', async () => {
    const [, layer] = layers;
    const decompositions: Decomposition[] = [];
    const { levels } = await runLayer(layer, method, 9, unattended, (_, decomposition) =>
      decompositions.push(decomposition),
    );
    expect(levels.map(({ kept }) => kept)).toEqual(studyLevels);
    const kernel = syntheticKernel(layer.shape, kernelSeed(layer, 9));
    for (const [i, { rank, keptActual, relativeError }] of levels.entries()) {
      const { data } = await decompositions[i].reconstruct();
      expect(relativeError).toBeCloseTo(distance(kernel.data, data), 8);
      expect(keptActual).toBe(parameterCount(method, layer.shape, rank) / data.length);
    }
    const errors = levels.map(({ relativeError }) => relativeError);
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
    expect(errors[0]).toBeLessThan(1);
  });

  it('reports a progress that grows to one', async () => {
    const fractions: number[] = [];
    const job = { ...unattended, report: (fraction: number) => fractions.push(fraction) };
    await runLayer(layers[0], method, 0, job, () => {});
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBeCloseTo(1, 12);
  });
});

it('layers have weights of their own', () => {
  const seeds = studyLayers.map((layer) => kernelSeed(layer, 4));
  expect(new Set(seeds).size).toBe(studyLayers.length);
});
