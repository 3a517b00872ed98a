import { methodLabels } from '../engine/selection/words';
import { elementCount } from '../engine/tensor/tensor';
import type { BenchmarkPlot } from '../protocol/benchmarks';
import type { LayerRun } from './decompositionRun';
import { studyMethods } from './study';

/** Relative error against kept fraction, for the largest layer (the first of several). */
export function errorByKept(runs: readonly LayerRun[]): BenchmarkPlot {
  const { layer } = runs.reduce((best, run) => (sizeOf(run) > sizeOf(best) ? run : best));
  return {
    id: 'error-by-kept',
    title: `Error of ${layer.network} layer ${layer.layer} (${layer.shape.join('×')})`,
    x: { title: 'Kept', scale: 'linear' },
    y: { title: 'Relative error', scale: 'linear' },
    series: runs
      .filter((run) => run.layer === layer)
      .map(({ method, levels }) => ({
        title: methodLabels[method],
        points: levels.map(({ kept, relativeError }) => [kept, relativeError] as const),
      })),
  };
}

/** Time of all levels of a layer against its number of parameters. */
export function timeBySize(runs: readonly LayerRun[]): BenchmarkPlot {
  return {
    id: 'time-by-size',
    title: 'Time by size of the layer',
    x: { title: 'Parameters', scale: 'log' },
    y: { title: 'Time of all levels', unit: 'ms', scale: 'log' },
    series: studyMethods.flatMap((method) => {
      const points = runs
        .filter((run) => run.method === method)
        .map((run) => [sizeOf(run), timeOf(run)] as const)
        .sort(([x], [other]) => x - other);
      return points.length === 0 ? [] : [{ title: methodLabels[method], points }];
    }),
  };
}

function sizeOf({ layer }: LayerRun): number {
  return elementCount(layer.shape);
}

function timeOf({ factoriseMs, levels }: LayerRun): number {
  return levels.reduce((sum, { ms }) => sum + ms, factoriseMs);
}
