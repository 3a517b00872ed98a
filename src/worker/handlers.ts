import { stat } from 'node:fs/promises';
import { benchmarks } from '../benchmarks';
import { runBenchmark } from '../benchmarks/run';
import { configureBackends, listBackends, startBackend } from '../engine/backends/backend';
import { part, type Job } from '../engine/job';
import { pattern } from '../engine/patterns/pattern';
import { patternCurves } from '../engine/patterns/patternCurves';
import { patternInfo } from '../engine/patterns/patternInfo';
import { patternKpd } from '../engine/patterns/patternKpd';
import { patternMap } from '../engine/patterns/patternMap';
import { patternSpeed } from '../engine/patterns/patternSpeed';
import { thumbnails } from '../engine/patterns/thumbnails';
import { applyPattern } from '../engine/press/applyPattern';
import { sha256OfFile } from '../engine/press/fingerprint';
import { isPressed, readPressedHeader } from '../engine/press/pressedHeader';
import { pressFile } from '../engine/press/pressFile';
import { reconstructFile } from '../engine/press/reconstructFile';
import { fileChoices } from '../engine/selection/choices';
import type { ChoiceTeam } from '../engine/selection/choiceTask';
import { formatPlan, parsePlan } from '../engine/selection/planFile';
import { choosePlan } from '../engine/selection/planner';
import { sparseCompare } from '../engine/sparse/calls/compare';
import { sparseCompress } from '../engine/sparse/calls/compress';
import { sparseDecode } from '../engine/sparse/calls/decode';
import { sparseEntries } from '../engine/sparse/calls/entries';
import { sparseModel } from '../engine/sparse/calls/model';
import { sparseOffer } from '../engine/sparse/calls/offer';
import { sparseInfo } from '../engine/sparse/sparseInfo';
import { tensorStatistics } from '../engine/statistics';
import { Failure, UsageError } from '../failures';
import type { WeightsFile } from '../formats/format';
import { openWeights } from '../formats/registry';
import { readTensor } from '../formats/tensorData';
import { openLocalFile } from '../io/localFile';
import type { EngineContract, FileSummary, TensorRow } from '../protocol/engine';
import type { ParamsOf, PartOf, ResultOf } from '../protocol/rpc';

export interface HandlerContext<Part> {
  readonly job: Job;
  emit(part: Part): void;
  /** Others that compute choices side by side. */
  readonly team?: ChoiceTeam;
}

export type Handler<M extends keyof EngineContract> = (
  params: ParamsOf<EngineContract, M>,
  context: HandlerContext<PartOf<EngineContract, M>>,
) => Promise<ResultOf<EngineContract, M>>;

/** The engine's side of the contract: functions of their parameters and a job, without a wire. */
export const handlers: { readonly [M in keyof EngineContract]: Handler<M> } = {
  async inspect({ path }) {
    const { mtimeMs } = await statOrZero(path);
    return withWeights(path, async (file) => summarise(path, file, mtimeMs));
  },

  async statistics({ path, tensor, bins }, { job, emit }) {
    return withWeights(path, async (file) => {
      const entry = file.tensors.find(({ name }) => name === tensor);
      if (!entry) {
        throw new UsageError(`"${file.name}" has no tensor "${tensor}".`, {
          file: file.name,
          tensor,
        });
      }
      // Large spectra go through the backend's matrix product.
      await startBackend();
      const values = await readTensor(file, entry, job);
      return tensorStatistics(values, { name: tensor, bins, seed: spectrumSeed }, job, emit);
    });
  },

  async choices(request, { job, emit, team }) {
    return withWeights(request.path, async (file) => {
      const result = await fileChoices(
        file,
        request,
        part(job, 0, 0.99),
        (progress) => emit({ ...progress, fraction: 0.99 * progress.fraction }),
        team,
      );
      return { ...result, sha256: await sha256OfFile(request.path, part(job, 0.99, 1)) };
    });
  },

  plan: async (request) => choosePlan(request),

  readPlan: async ({ text, file }) => parsePlan(text, file),

  formatPlan: async ({ plan }) => formatPlan(plan),

  compress: (request, { job }) => pressFile(request, job),

  reconstruct: (request, { job }) => reconstructFile(request, job),

  backends: () => listBackends(),

  async configure(settings) {
    configureBackends(settings);
    return null;
  },

  benchmarks: async () => benchmarks.map(({ info }) => info),

  benchmark: (request, { job, emit }) => runBenchmark(request, job, emit),

  patternInfo,

  patternMap: (params, { job }) => patternMap(params, job),

  patternCurves: (params, { job, emit }) => patternCurves(params, job, emit),

  patternKpd: (params, { job }) => patternKpd(params, job),

  pattern: (request, { job }) => pattern(request, job),

  patternSpeed: (params, { job }) => patternSpeed(params, job),

  thumbnails: (params, { job, emit }) => thumbnails(params, job, emit),

  applyPattern: (params, { job }) => applyPattern(params, job),

  sparseInfo: (params, { job }) => sparseInfo(params, job),

  sparseOffer: (params, { job }) => sparseOffer(params, job),

  sparseCompare: (request, { job, emit }) => sparseCompare(request, job, emit),

  sparseCompress: (request, { job, emit }) => sparseCompress(request, job, emit),

  sparseModel: (params) => sparseModel(params),

  sparseDecode: (request, { job }) => sparseDecode(request, job),

  sparseEntries: (params) => sparseEntries(params),
};

/** The sketch of a large spectrum is random; the same picture each time is worth more. */
const spectrumSeed = 0;

async function withWeights<T>(path: string, use: (file: WeightsFile) => Promise<T>): Promise<T> {
  const file = await openWeights(await openLocalFile(path));
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Opening says in better words what is wrong with a path. */
async function statOrZero(path: string): Promise<{ mtimeMs: number }> {
  return stat(path).catch(() => ({ mtimeMs: 0 }));
}

function summarise(path: string, file: WeightsFile, modified: number): FileSummary {
  const tensors = file.tensors.map(
    ({ name, shape, dtype, storedDtype, parameters, bytes, problem }): TensorRow => ({
      name,
      shape,
      dtype: dtype ?? storedDtype,
      parameters,
      bytes,
      ...(problem !== undefined && { problem }),
    }),
  );
  return {
    path,
    name: file.name,
    format: file.format,
    size: file.size,
    modified,
    tensors,
    parameters: tensors.reduce((sum, { parameters }) => sum + parameters, 0),
    metadata: file.metadata,
    ...pressedSummary(file),
  };
}

/** A pressed file whose header is damaged still opens: as the safetensors file that it is. */
function pressedSummary(file: WeightsFile): Pick<FileSummary, 'pressed' | 'pressedProblem'> {
  if (!isPressed(file)) {
    return {};
  }
  try {
    const { source, tool, tensors } = readPressedHeader(file);
    return {
      pressed: {
        source: source.name,
        sourceFormat: source.format,
        toolVersion: tool.version,
        tensors: Object.entries(tensors).map(
          ([tensor, { method, rank, shape, dtype, relativeError, factors }]) => ({
            tensor,
            method,
            rank,
            shape,
            dtype,
            relativeError,
            factors: factors.map((factor) => factor.tensor),
          }),
        ),
      },
    };
  } catch (error) {
    if (error instanceof Failure) {
      return { pressedProblem: error.message };
    }
    throw error;
  }
}
