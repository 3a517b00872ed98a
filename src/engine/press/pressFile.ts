import { stat } from 'node:fs/promises';
import type { TensorEntry, TensorSource, WeightsFile } from '../../formats/format';
import { openWeights } from '../../formats/registry';
import { writeSafetensors } from '../../formats/safetensorsWriter';
import { encode, readTensor } from '../../formats/tensorData';
import { writeAtomically } from '../../io/atomicWrite';
import { openLocalFile } from '../../io/localFile';
import type { CompressedTensor, CompressReport, CompressRequest } from '../../protocol/engine';
import { UnsupportedError, UsageError, type FailureDetails } from '../../failures';
import { startBackend } from '../backends/backend';
import { factorise, restore } from '../decompositions';
import type { Rank } from '../decompositions/decomposition';
import { asNumber, isSvdOf, matrixRank } from '../ranks/rankForm';
import { residualOf } from '../decompositions/residual';
import { weightErrors } from '../errors';
import { part, unattended, type Job } from '../job';
import { macs } from '../ranks';
import { requireSeed } from '../selection/choicesRequest';
import { costOf } from '../selection/costs';
import { measure, unusableReason } from '../selection/eligibility';
import { formatRank, methodLabels } from '../selection/words';
import { dtypes } from '../tensor/dtype';
import { sha256OfFile } from './fingerprint';
import { factorNames, requireSafetensorsName } from './names';
import {
  pressedFormatVersion,
  pressedKey,
  requireNotPressed,
  writePressedHeader,
  type PressedHeader,
  type PressedTensor,
} from './pressedHeader';
import { pressingsOf, type Pressing } from './pressPlan';
import { roundedFactors } from './storedFactors';
import { toolName, toolVersion } from './toolVersion';
import { verifyPressed, type Verified } from './verify';

/** A tensor's factors, encoded, and the line of the header that describes them. */
interface Pressed {
  readonly pressing: Pressing;
  readonly header: PressedTensor;
  readonly sources: readonly TensorSource[];
  readonly parameters: number;
  readonly macs: number;
}

/** The plan wants a rank that the values of the tensor do not have. */
export class UnreachedRankError extends UsageError {
  constructor(
    message: string,
    details: FailureDetails,
    readonly realised: Rank,
  ) {
    super(message, details);
  }
}

/** Shares of the progress: hashing the source, factorising, writing; the rest is checking. */
const milestones = { hashed: 0.05, factorised: 0.8, written: 0.9 };

/**
 * Compresses the file at `path` by `plan` into a safetensors file as docs/format.md describes it.
 * It gets its name only after it has been written whole, read back and compared with the source.
 * One dense tensor and all factors are in memory at a time.
 * @throws UsageError for a plan that does not fit the file, or an output that is the source;
 * UnsupportedError for values that cannot be factorised; FileError when writing or the check fails;
 * CancelledError. Nothing is left behind then.
 */
export async function pressFile(
  { path, plan, output }: CompressRequest,
  job: Job = unattended,
): Promise<CompressReport> {
  const started = performance.now();
  requireSeed(plan.seed);
  requireSafetensorsName(output.path);
  const file = await openWeights(await openLocalFile(path));
  try {
    requireNotPressed(file);
    const pressings = pressingsOf(file, plan);
    const sha256 = await sha256OfFile(path, part(job, 0, milestones.hashed));
    requireSameSource(file, plan.source, sha256);
    const backend = await startBackend();
    const pressed = await factoriseAll(
      file,
      pressings,
      plan.seed,
      part(job, milestones.hashed, milestones.factorised),
    );
    const header: PressedHeader = {
      formatVersion: pressedFormatVersion,
      tool: { name: toolName, version: toolVersion },
      source: { name: file.name, format: file.format, bytes: file.size, sha256 },
      seed: plan.seed,
      tensors: Object.fromEntries([...pressed].map(([name, tensor]) => [name, tensor.header])),
    };
    const sources = file.tensors.flatMap(
      (entry) => pressed.get(entry.name)?.sources ?? [passThrough(file, entry, job)],
    );
    const metadata = { ...file.metadata, [pressedKey]: writePressedHeader(header) };
    let verified: Verified | undefined;
    await writeAtomically(
      { ...output, source: path },
      async (sink) => {
        const writing = part(job, milestones.factorised, milestones.written);
        await writeSafetensors(sink, sources, metadata, writing);
        const checking = part(job, milestones.written, 1);
        verified = await verifyPressed(output.temporary, file, header, checking);
      },
      job,
    );
    return {
      ...sumUp(file, plan.tensors, pressed, verified),
      source: path,
      output: output.path,
      sourceBytes: file.size,
      outputBytes: (await stat(output.path)).size,
      sha256,
      backend: backend.name,
      elapsedMs: performance.now() - started,
    };
  } finally {
    await file.close();
  }
}

function requireSameSource(
  file: WeightsFile,
  source: { readonly file: string; readonly sha256?: string },
  sha256: string,
): void {
  if (source.sha256 !== undefined && source.sha256 !== sha256) {
    throw new UsageError(
      `The plan was made for another "${source.file}" (SHA-256 ${source.sha256.slice(0, 12)}…) than "${file.name}" (${sha256.slice(0, 12)}…); make a new plan, or remove "sha256" from this one.`,
      { file: file.name, value: sha256, limit: source.sha256 },
    );
  }
}

async function factoriseAll(
  file: WeightsFile,
  pressings: ReadonlyMap<string, Pressing>,
  seed: number,
  job: Job,
): Promise<ReadonlyMap<string, Pressed>> {
  const taken = new Set(file.tensors.map(({ name }) => name));
  const pressed = new Map<string, Pressed>();
  const total = [...pressings.values()].reduce((sum, { entry }) => sum + entry.parameters, 0);
  let done = 0;
  for (const [name, pressing] of pressings) {
    const { parameters } = pressing.entry;
    const own = part(job, done / total, (done + parameters) / total);
    own.report(0, `${name}: ${pressing.method}`);
    pressed.set(name, await pressTensor(file, pressing, seed, taken, own));
    done += parameters;
  }
  return pressed;
}

async function pressTensor(
  file: WeightsFile,
  pressing: Pressing,
  seed: number,
  taken: Set<string>,
  job: Job,
): Promise<Pressed> {
  const { entry, method, rank, attributes } = pressing;
  const { dtype, shape } = entry;
  const tensor = await readTensor(file, entry, job);
  const { norm, nonFinite } = measure(tensor.data);
  const unusable = unusableReason({ norm, nonFinite });
  if (unusable !== undefined) {
    throw new UnsupportedError(
      `"${file.name}": tensor "${entry.name}" cannot be factorised: ${unusable}; make it dense in the plan.`,
      { file: file.name, tensor: entry.name },
    );
  }
  const valueBytes = dtypes[dtype].bytes;
  const factorisation = await factorise(method, tensor, { seed, attributes, valueBytes }, job);
  const decomposition = await factorisation.at(rank, job, attributes);
  const realised = isSvdOf(method, shape)
    ? matrixRank(method, asNumber(decomposition.method, shape, decomposition.rank))
    : decomposition.rank;
  if (formatRank(realised) !== formatRank(rank)) {
    throw new UnreachedRankError(
      `The plan wants rank ${formatRank(rank)} for "${entry.name}" of "${file.name}", which is of rank ${formatRank(realised)} only; correct the plan.`,
      { file: file.name, tensor: entry.name, value: formatRank(rank), limit: formatRank(realised) },
      realised,
    );
  }
  const factors = roundedFactors(decomposition.factors, dtype, job);
  const stored = { shape, rank: decomposition.rank, attributes: decomposition.attributes, factors };
  const restored = restore(decomposition.method, stored);
  const residual = await residualOf(restored, tensor, job);
  if (!Number.isFinite(residual)) {
    throw new UnsupportedError(
      `"${file.name}": the ${methodLabels[method]} factors of tensor "${entry.name}" leave the range of ${dtype}; choose another method, or make it dense in the plan.`,
      { file: file.name, tensor: entry.name, limit: dtype },
    );
  }
  const names = factorNames(entry.name, factors, taken);
  const sources = factors.map((factor, i): TensorSource => {
    const storedAs = factor.dtype ?? dtype;
    const bytes = encode(factor.data, storedAs, job);
    return {
      name: names[i],
      shape: factor.shape,
      dtype: storedAs,
      byteLength: bytes.byteLength,
      bytes: async () => bytes,
    };
  });
  return {
    pressing,
    sources,
    parameters: restored.parameterCount,
    macs: macs(method, shape, rank, decomposition.attributes),
    header: {
      method: decomposition.method,
      shape,
      dtype,
      rank: decomposition.rank,
      factors: factors.map(({ name, dtype: own }, i) => ({
        name,
        tensor: names[i],
        ...(own && { dtype: own }),
      })),
      attributes: decomposition.attributes,
      relativeError: weightErrors(residual, norm, tensor.data.length).relative,
    },
  };
}

function passThrough(file: WeightsFile, entry: TensorEntry, job: Job): TensorSource {
  return {
    name: entry.name,
    shape: entry.shape,
    // Where the type is unknown only its own name counts; the bytes are passed on as they are.
    dtype: entry.dtype ?? 'uint8',
    ...(entry.dtype === undefined && { storedDtype: entry.storedDtype }),
    byteLength: entry.bytes,
    bytes: () => file.readBytes(entry, job),
  };
}

type Sums = Pick<
  CompressReport,
  'parameters' | 'denseParameters' | 'macs' | 'denseMacs' | 'error' | 'tensors'
>;

function sumUp(
  file: WeightsFile,
  planned: CompressRequest['plan']['tensors'],
  pressed: ReadonlyMap<string, Pressed>,
  verified: Verified | undefined,
): Sums {
  const reasons = new Map(planned.map(({ tensor, reason }) => [tensor, reason]));
  const sums = { parameters: 0, denseParameters: 0, macs: 0, denseMacs: 0 };
  const tensors = file.tensors.map((entry): CompressedTensor => {
    const dense = costOf(entry);
    const found = pressed.get(entry.name);
    sums.denseParameters += dense.parameters;
    sums.denseMacs += dense.macs;
    sums.parameters += found?.parameters ?? dense.parameters;
    sums.macs += found?.macs ?? dense.macs;
    return {
      tensor: entry.name,
      method: found?.pressing.method ?? 'dense',
      ...(found && { rank: found.pressing.rank }),
      parameters: found?.parameters ?? dense.parameters,
      denseParameters: dense.parameters,
      bytes: found
        ? found.sources.reduce((sum, { byteLength }) => sum + byteLength, 0)
        : dense.bytes,
      denseBytes: dense.bytes,
      relativeError: verified?.relativeErrors.get(entry.name) ?? 0,
      reason: reasons.get(entry.name) ?? 'stays dense: the plan does not name it',
    };
  });
  return { ...sums, error: verified?.error ?? { absolute: 0, relative: 0 }, tensors };
}
