import type { Rank } from '../engine/decompositions/decomposition';
import { part } from '../engine/job';
import { formatRank, methodLabels } from '../engine/selection/words';
import { elementCount } from '../engine/tensor/tensor';
import type { BenchmarkCell, BenchmarkInfo } from '../protocol/benchmarks';
import { recordTables, type Benchmark, type BenchmarkResult } from './benchmark';
import { runLayer, workOf, type LayerRun, type LevelRun } from './decompositionRun';
import { errorByKept, timeBySize } from './decompositionPlots';
import { choicesTable, layersTable, totalsTable } from './decompositionTables';
import { studyLayers, studyMethods } from './study';
import type { StudyLayer, StudyMethod } from './study';

const info: BenchmarkInfo = {
  id: 'decompositions',
  title: 'Tensor decompositions of convolutions',
  description:
    'Times and errors of Tucker, Tensor Train and CP on the layers of ResNet-18 and GaripovNet, with the ranks of a published study beside ours.',
  duration: 'Tucker and Tensor Train about 10 seconds, CP some 12 minutes on two cores',
  parts: studyMethods.map((id) => ({ id, title: methodLabels[id] })),
};

/**
 * The decompositions of a study: every layer of `layers` by three methods at five kept levels, 195 of
 * them for all layers, on synthetic weights ({@link syntheticKernel}). Method by method, CP, which
 * takes longest, last.
 */
export function createDecompositions(layers: readonly StudyLayer[] = studyLayers): Benchmark {
  return {
    info,
    async run(context): Promise<BenchmarkResult> {
      const { job, seed, parts } = context;
      const methods = studyMethods.filter((method) => parts.includes(method));
      const recorder = recordTables(context, [totalsTable, choicesTable, layersTable]);
      const work = methods.flatMap((method) => layers.map(({ shape }) => workOf(method, shape)));
      const total = work.reduce((sum, amount) => sum + amount, 0);
      const runs: LayerRun[] = [];
      let done = 0;
      for (const method of methods) {
        for (const layer of layers) {
          const begin = done / total;
          done += work[runs.length];
          const range = part(job, begin, done / total);
          const message = `${methodLabels[method]} of ${layer.network} layer ${layer.layer}`;
          const layerJob = { ...range, report: (share: number) => range.report(share, message) };
          layerJob.report(0);
          const run = await runLayer(layer, method, seed, layerJob, (level) =>
            recorder.add(choicesTable.id, choiceRow(layer, method, level)),
          );
          recorder.add(layersTable.id, layerRow(run));
          runs.push(run);
        }
        const ofMethod = runs.filter((run) => run.method === method);
        recorder.add(totalsTable.id, totalRow(methodLabels[method], ofMethod));
        if (method === 'tt' && methods.includes('tucker')) {
          recorder.add(totalsTable.id, totalRow('Tucker and Tensor Train', runs));
        }
      }
      return {
        tables: recorder.tables(),
        plots: [errorByKept(runs), timeBySize(runs)],
        notes: notesOn(layers, runs),
      };
    },
  };
}

function choiceRow(layer: StudyLayer, method: StudyMethod, level: LevelRun): BenchmarkCell[] {
  const { kept, keptActual, rank, ms, relativeError, sweeps, converged } = level;
  return [
    layer.network,
    layer.layer,
    layer.shape.join('×'),
    methodLabels[method],
    kept,
    keptActual,
    formatRank(rank),
    formatRank(level.publishedRank),
    ms,
    relativeError,
    sweeps ?? null,
    converged === undefined ? null : converged ? 'yes' : 'no',
  ];
}

function layerRow({ layer, method, factoriseMs, levels }: LayerRun): BenchmarkCell[] {
  const levelsMs = sumOf(levels, ({ ms }) => ms);
  return [
    layer.network,
    layer.layer,
    layer.shape.join('×'),
    elementCount(layer.shape),
    methodLabels[method],
    factoriseMs,
    levelsMs,
    factoriseMs + levelsMs,
  ];
}

function totalRow(title: string, runs: readonly LayerRun[]): BenchmarkCell[] {
  const shared = sumOf(runs, ({ factoriseMs }) => factoriseMs) / 1000;
  const levels = sumOf(runs, (run) => sumOf(run.levels, ({ ms }) => ms)) / 1000;
  const count = sumOf(runs, (run) => run.levels.length);
  return [title, count, shared, levels, shared + levels];
}

function notesOn(layers: readonly StudyLayer[], runs: readonly LayerRun[]): string[] {
  const hasTensorTrain = runs.some(({ method }) => method === 'tt');
  const isCut = runs.some(({ levels }) =>
    levels.some(({ askedRank, rank }) => !isSame(askedRank, rank)),
  );
  return [
    'The weights are synthetic: random kernels whose spectra decay as those of trained ones. Times carry over to trained weights of the same shapes; errors only roughly.',
    'Tucker factorises a layer once and takes every level from that; Tensor Train shares what its levels have in common, which falls to the first of them; CP fits every level anew.',
    ...(hasTensorTrain ? [agreementOfTensorTrain(runs)] : []),
    ...(isCut ? ['Ranks beyond what a layer can hold are cut down to what it can.'] : []),
    ...(hasTensorTrain ? layers.flatMap(({ remark }) => remark ?? []) : []),
  ];
}

function agreementOfTensorTrain(runs: readonly LayerRun[]): string {
  const levels = runs.filter(({ method }) => method === 'tt').flatMap((run) => run.levels);
  const same = levels.filter((level) => isSame(level.askedRank, level.publishedRank)).length;
  return `${same} of ${levels.length} Tensor Train ranks are the published ones: the study set a nominal fraction by hand for every layer and level, here the ranks whose size is closest to the kept fraction are searched for. CP and Tucker follow the study's rule.`;
}

function isSame(a: Rank, b: Rank): boolean {
  return formatRank(a) === formatRank(b);
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
