import type { TensorEntry, WeightsFile } from '../../formats/format';
import { UnsupportedError, UsageError } from '../../failures';
import { clipRank } from '../ranks';
import type { Plan, PlanEntry } from '../selection/plan';
import { ineligibleReason } from '../selection/eligibility';
import { formatRank, methodLabels } from '../selection/words';
import type { Attributes, Method, Rank } from '../decompositions/decomposition';
import type { DType } from '../tensor/dtype';

/** A tensor of the file that the plan factorises. */
export interface Pressing {
  readonly entry: TensorEntry & { readonly dtype: DType };
  readonly method: Method;
  readonly rank: Rank;
  readonly attributes?: Attributes;
  readonly reason: string;
}

/**
 * What `plan` wants done with `file`, by tensor name; tensors it leaves out stay dense.
 * @throws UsageError when the plan names a tensor, method or rank that this file does not allow,
 * UnsupportedError when a tensor that stays dense cannot be carried into a safetensors file.
 */
export function pressingsOf(file: WeightsFile, plan: Plan): ReadonlyMap<string, Pressing> {
  const entries = new Map(file.tensors.map((entry) => [entry.name, entry]));
  const pressings = new Map<string, Pressing>();
  for (const planned of plan.tensors) {
    const entry = entries.get(planned.tensor);
    if (!entry) {
      throw new UsageError(
        `The plan names the tensor "${planned.tensor}", which "${file.name}" does not have; it was made for another file ("${plan.source.file}").`,
        { file: file.name, tensor: planned.tensor },
      );
    }
    if (planned.method !== 'dense') {
      pressings.set(entry.name, pressingOf(file, entry, planned, planned.method));
    }
  }
  for (const entry of file.tensors) {
    if (!pressings.has(entry.name)) {
      requirePortable(file, entry);
    }
  }
  return pressings;
}

function pressingOf(
  file: WeightsFile,
  entry: TensorEntry,
  { rank, attributes, reason }: PlanEntry,
  method: Method,
): Pressing {
  const what = `The plan wants "${entry.name}" of "${file.name}" as ${methodLabels[method]}`;
  const details = { file: file.name, tensor: entry.name };
  const { dtype } = entry;
  const ineligible = ineligibleReason(entry);
  if (dtype === undefined || ineligible !== undefined) {
    throw new UsageError(`${what}, but that tensor stays dense: ${ineligible}.`, details);
  }
  if (rank === undefined) {
    throw new UsageError(`${what} without a rank; give one.`, details);
  }
  let allowed: Rank;
  try {
    allowed = clipRank(method, entry.shape, rank, attributes);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${what} of rank ${formatRank(rank)}: ${cause}`, details, {
      cause: error,
    });
  }
  if (formatRank(allowed) !== formatRank(rank)) {
    throw new UsageError(
      `${what} of rank ${formatRank(rank)}, but its shape allows at most ${formatRank(allowed)}; correct the plan.`,
      { ...details, value: formatRank(rank), limit: formatRank(allowed) },
    );
  }
  return {
    entry: { ...entry, dtype },
    method,
    rank,
    ...(attributes && { attributes }),
    reason,
  };
}

/** Bytes of any type can be passed from safetensors to safetensors; from elsewhere, known types. */
function requirePortable(file: WeightsFile, entry: TensorEntry): void {
  if (entry.dtype === undefined && file.format !== 'safetensors') {
    throw new UnsupportedError(
      `"${file.name}": tensor "${entry.name}" of type ${entry.storedDtype} has no place in a safetensors file (${entry.problem ?? 'unknown type'}); remove it from the source first.`,
      { file: file.name, tensor: entry.name, value: entry.storedDtype },
    );
  }
}
