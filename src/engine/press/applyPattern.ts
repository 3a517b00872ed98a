import { stat } from 'node:fs/promises';
import { UnsupportedError, UsageError } from '../../failures';
import type { TensorEntry, WeightsFile } from '../../formats/format';
import { openWeights } from '../../formats/registry';
import { readTensor } from '../../formats/tensorData';
import { openLocalFile } from '../../io/localFile';
import type { OutputTarget } from '../../protocol/engine';
import type {
  BlockPattern,
  PatternOutput,
  PatternReport,
  PatternSelection,
} from '../../protocol/patterns';
import { keptBlocks } from '../decompositions/blockKronecker';
import type { Attributes, Factor } from '../decompositions/decomposition';
import { requireRank } from '../decompositions/storedFactors';
import { weightErrors } from '../errors';
import { part, unattended, type Job } from '../job';
import { parameterCount } from '../ranks';
import { blockLayoutOf, kpdLayoutOf } from '../ranks/blockLayout';
import { requireSeed } from '../selection/choicesRequest';
import { ineligibleReason, measure, unusableReason } from '../selection/eligibility';
import type { Plan } from '../selection/plan';
import { bsrBytes } from '../sparsity/bsr';
import { kpdRankForBytes, maxKpdRank } from '../sparsity/kpdSize';
import { dtypes, type DType } from '../tensor/dtype';
import type { DenseTensor } from '../tensor/tensor';
import { entryMask, maskOfBlocks, requireBlocks } from './entryMask';
import { writeMask, writeZeros } from './maskedFiles';
import { pressFile, UnreachedRankError } from './pressFile';
import { readPressedHeader, requireNotPressed } from './pressedHeader';

export interface ApplyPatternRequest {
  readonly path: string;
  readonly selection: PatternSelection;
  readonly as: PatternOutput;
  /** Of `kpd`; left out, the largest whose bytes do not exceed those of BSR with as many blocks. */
  readonly rank?: number;
  readonly seed: number;
  readonly output: OutputTarget;
}

type FloatEntry = TensorEntry & { readonly dtype: DType };

/** What of a tensor is dropped, and how much that is. */
type Loss = Pick<PatternReport, 'relativeError' | 'dropped' | 'elements'>;

/** Share of the progress that finding out what is dropped takes, where that is not the whole work. */
const maskedAt = 0.1;

/**
 * Writes one tensor of the file at `path` in a block or N:M pattern: as block sparse row or as a
 * block-sparse Kronecker sum into a pressed file in which all other tensors stay dense (`bsr`,
 * `kpd`), as a copy of the file in its own format with zeros in place of what is dropped (`zeros`),
 * or which entries are kept as a NumPy array of booleans (`mask`).
 * @throws UsageError for a tensor, pattern or output that does not fit; UnsupportedError for values
 * that are not finite; FileError when writing or the check fails; CancelledError. Nothing is left
 * behind then.
 */
export async function applyPattern(
  request: ApplyPatternRequest,
  job: Job = unattended,
): Promise<PatternReport> {
  const started = performance.now();
  const { path, selection, as, output } = request;
  requireSeed(request.seed);
  const file = await openWeights(await openLocalFile(path));
  try {
    requireNotPressed(file);
    const entry = entryOf(file, selection.tensor);
    const loss =
      as === 'bsr' || as === 'kpd'
        ? await pressPattern(file, entry, request, as, job)
        : await writeMasked(file, entry, request, as, job);
    return {
      output: output.path,
      as,
      sourceBytes: file.size,
      outputBytes: (await stat(output.path)).size,
      ...loss,
      elapsedMs: performance.now() - started,
    };
  } finally {
    await file.close();
  }
}

/** @throws UsageError for a tensor that is not there, or holds no floating-point numbers. */
function entryOf(file: WeightsFile, name: string): FloatEntry {
  const entry = file.tensors.find((one) => one.name === name);
  if (!entry) {
    throw new UsageError(`"${file.name}" has no tensor "${name}".`, {
      file: file.name,
      tensor: name,
    });
  }
  const { dtype, problem, storedDtype } = entry;
  if (dtype === undefined || problem !== undefined || !dtypes[dtype].isFloat) {
    throw new UsageError(
      `Tensor "${name}" of "${file.name}" has no pattern: ${storedDtype} is not a floating-point type that can be read.`,
      { file: file.name, tensor: name, value: storedDtype },
    );
  }
  return { ...entry, dtype };
}

async function writeMasked(
  file: WeightsFile,
  entry: FloatEntry,
  { path, selection, output }: ApplyPatternRequest,
  as: 'zeros' | 'mask',
  job: Job,
): Promise<Loss> {
  const tensor = await readUsable(file, entry, job);
  const mask = entryMask(tensor, selection.pattern, selection.kept, job);
  const loss = lossOf(tensor, mask);
  const target = { ...output, source: path };
  const writing = part(job, maskedAt, 1);
  if (as === 'zeros') {
    await writeZeros(file, entry, mask, target, writing);
  } else {
    await writeMask(entry, mask, target, writing);
  }
  return loss;
}

async function pressPattern(
  file: WeightsFile,
  entry: FloatEntry,
  request: ApplyPatternRequest,
  as: 'bsr' | 'kpd',
  job: Job,
): Promise<Loss> {
  const { selection } = request;
  const { pattern, kept } = selection;
  if (pattern.kind !== 'block') {
    throw new UsageError(
      'N:M drops single entries, and a pressed file stores whole blocks; write the zeros or the mask instead, or choose a block size.',
    );
  }
  const ineligible = ineligibleReason(entry);
  if (ineligible !== undefined) {
    throw new UsageError(
      `Tensor "${entry.name}" of "${file.name}" cannot be stored as blocks: ${ineligible}; write the zeros or the mask instead.`,
      { file: file.name, tensor: entry.name },
    );
  }
  requireBlocks(blockLayoutOf(entry.shape, attributesOf(pattern)).grid, kept, 1);
  const elements = entry.parameters;
  if (as === 'bsr') {
    const tensor = await readUsable(file, entry, job);
    const mask = entryMask(tensor, pattern, kept, job);
    const { attributes } = blockLayoutOf(entry.shape, attributesOf(pattern));
    const plan = planFor(file, entry, {
      method: 'block',
      rank: kept,
      attributes,
      seed: request.seed,
    });
    const relativeError = await press(request, plan, part(job, maskedAt, 1));
    return { relativeError, dropped: zerosIn(mask), elements };
  }
  const layout = kpdLayoutOf(entry.shape, { ...attributesOf(pattern), blocks: kept });
  const { grid, attributes } = layout;
  const valueBytes = dtypes[entry.dtype].bytes;
  // One term never takes more bytes than the blocks themselves, so there always is one.
  const rank =
    request.rank ?? kpdRankForBytes(grid, kept, bsrBytes(grid, kept, valueBytes), valueBytes);
  const planOf = (terms: number) =>
    planFor(file, entry, { method: 'kpd', rank: terms, attributes, seed: request.seed });
  const most = Math.min(requireRank('kpd', rank), maxKpdRank(grid, kept));
  let relativeError: number;
  try {
    relativeError = await press(request, planOf(most), job);
  } catch (error) {
    if (!(error instanceof UnreachedRankError) || typeof error.realised !== 'number') {
      throw error;
    }
    // The kept blocks are a sum of fewer terms; more would add nothing.
    relativeError = await press(request, planOf(error.realised), job);
  }
  const blocks = await storedBlocks(request.output.path, entry, kept);
  return { relativeError, dropped: zerosIn(maskOfBlocks(grid, blocks, job)), elements };
}

function attributesOf({ scheme, block, criterion, scope }: BlockPattern): Attributes {
  return { scheme, block, criterion, scope };
}

type Planned = Pick<Plan['tensors'][number], 'rank' | 'attributes'> & {
  readonly method: 'block' | 'kpd';
  readonly rank: number;
  readonly seed: number;
};

function planFor(
  file: WeightsFile,
  entry: TensorEntry,
  { method, rank, attributes, seed }: Planned,
): Plan {
  const kept = parameterCount(method, entry.shape, rank, attributes) / entry.parameters;
  return {
    version: 1,
    source: { file: file.name },
    budget: { kept: 1 },
    seed,
    tensors: file.tensors.map(({ name }) =>
      name === entry.name
        ? {
            tensor: name,
            method,
            rank,
            attributes,
            kept,
            relativeError: 0,
            reason: 'chosen by you',
          }
        : {
            tensor: name,
            method: 'dense',
            kept: 1,
            relativeError: 0,
            reason: `stays dense: the pattern is for "${entry.name}"`,
          },
    ),
  };
}

/** @returns the relative error of the tensor, as measured from the written file. */
async function press(
  { path, output, selection }: ApplyPatternRequest,
  plan: Plan,
  job: Job,
): Promise<number> {
  const report = await pressFile({ path, plan, output }, job);
  const found = report.tensors.find(({ tensor }) => tensor === selection.tensor);
  return found?.relativeError ?? 0;
}

/** The blocks that a pressed file keeps of a tensor stored as `kpd`. */
async function storedBlocks(path: string, entry: TensorEntry, kept: number): Promise<Uint32Array> {
  const written = await openWeights(await openLocalFile(path));
  try {
    const { shape, attributes, factors } = readPressedHeader(written).tensors[entry.name];
    const indices: Factor[] = [];
    for (const { name, tensor, dtype } of factors) {
      const stored = dtype && written.tensors.find((one) => one.name === tensor);
      if (stored) {
        indices.push({ name, ...(await readTensor(written, stored)), dtype });
      }
    }
    return keptBlocks(indices, kpdLayoutOf(shape, attributes).grid, kept);
  } finally {
    await written.close();
  }
}

/** @throws UnsupportedError for values that are not finite. */
async function readUsable(file: WeightsFile, entry: FloatEntry, job: Job): Promise<DenseTensor> {
  job.report(0, `${entry.name}: reading`);
  const tensor = await readTensor(file, entry, job);
  const reason = unusableReason(measure(tensor.data));
  if (reason !== undefined) {
    throw new UnsupportedError(
      `"${file.name}": tensor "${entry.name}" has no pattern: ${reason}.`,
      { file: file.name, tensor: entry.name },
    );
  }
  return tensor;
}

function lossOf({ data }: DenseTensor, mask: Uint8Array): Loss {
  const lost = data.map((value, i) => (mask[i] === 0 ? value : 0));
  const { relative } = weightErrors(measure(lost).norm, measure(data).norm, data.length);
  return { relativeError: relative, dropped: zerosIn(mask), elements: data.length };
}

function zerosIn(mask: Uint8Array): number {
  return mask.reduce((count, kept) => count + (kept === 0 ? 1 : 0), 0);
}
