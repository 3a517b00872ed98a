import type {
  Choice,
  ChoicesModel,
  Method,
  PlanEntry,
  PlanOverride,
} from '../../src/protocol/choices';
import type { CurveSeries } from '../components/curveData';
import { formatMethod } from '../format';

/** A tensor with what the plan does to it. */
export interface PlanRow {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly entry: PlanEntry | undefined;
  readonly override: PlanOverride | undefined;
  /** Whether `entry` follows an override; a new one has no part in it until the plan comes back. */
  readonly isByHand: boolean;
  /** Why it has no choices. */
  readonly skipped: string | undefined;
  readonly choices: readonly Choice[];
  /** The choice that the plan took. */
  readonly planned: Choice | undefined;
  /** Undefined while the plan does not cover the tensor. */
  readonly bytesAfter: number | undefined;
}

type ModelPart = Pick<ChoicesModel, 'tensors' | 'choices' | 'skipped' | 'planned'>;

/** @param applied the overrides under which `model.planned` was made. */
export function planRows(
  model: ModelPart,
  overrides: readonly PlanOverride[],
  applied: readonly PlanOverride[],
): PlanRow[] {
  const choices = groupBy(model.choices, ({ tensor }) => tensor);
  const skipped = new Map(model.skipped.map(({ tensor, reason }) => [tensor, reason]));
  const entries = new Map(model.planned?.plan.tensors.map((entry) => [entry.tensor, entry]) ?? []);
  const overridden = new Map(overrides.map((override) => [override.tensor, override]));
  const byHand = new Set(applied.map(({ tensor }) => tensor));
  return model.tensors.map(({ tensor, shape, dtype, parameters, bytes }) => {
    const own = choices.get(tensor) ?? [];
    const entry = entries.get(tensor);
    const planned = entry && plannedChoice(entry, own);
    return {
      name: tensor,
      shape,
      dtype,
      parameters,
      bytes,
      entry,
      override: overridden.get(tensor),
      isByHand: byHand.has(tensor),
      skipped: skipped.get(tensor),
      choices: own,
      planned,
      bytesAfter: entry?.method === 'dense' ? bytes : planned?.bytes,
    };
  });
}

/**
 * The choice an entry of the plan stands for: the same method at the same rank, and of several such
 * the one that keeps the same.
 */
export function plannedChoice(entry: PlanEntry, choices: readonly Choice[]): Choice | undefined {
  const rank = JSON.stringify(entry.rank);
  const distance = ({ keptActual }: Choice) => Math.abs(keptActual - entry.kept);
  return choices
    .filter(({ method, rank: own }) => method === entry.method && JSON.stringify(own) === rank)
    .sort((a, b) => distance(a) - distance(b))[0];
}

/** Methods that come to the same thing on a tensor; `method` stands for all of them. */
export interface MethodGroup {
  readonly method: Method;
  readonly others: readonly Method[];
  /** The choices of `method`, by what they keep; one where levels come to the same rank. */
  readonly choices: readonly Choice[];
}

/**
 * The choices of one tensor by method. Methods whose choices all keep and lose the same are one
 * group: on a matrix CP, Tucker and Tensor Train are the truncated SVD.
 */
export function groupMethods(choices: readonly Choice[], order: readonly Method[]): MethodGroup[] {
  const byMethod = groupBy(choices, ({ method }) => method);
  const groups: { method: Method; others: Method[]; choices: Choice[] }[] = [];
  for (const method of order) {
    const own = distinct(byMethod.get(method) ?? []).sort((a, b) => a.keptActual - b.keptActual);
    if (own.length === 0) {
      continue;
    }
    const same = groups.find((group) => areSame(group.choices, own));
    if (same) {
      same.others.push(method);
    } else {
      groups.push({ method, others: [], choices: own });
    }
  }
  return groups;
}

/** On a small tensor neighbouring levels can come to the same rank; the first level stands for it. */
function distinct(choices: readonly Choice[]): Choice[] {
  const seen = new Set<string>();
  return choices.filter(({ rank, attributes, error }) => {
    const key = JSON.stringify([rank, attributes, error.relative]);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** `CP, Tucker and Tensor Train equal SVD …`, or undefined when nothing was collapsed. */
export function describeGroups(groups: readonly MethodGroup[]): string | undefined {
  const sentences = groups
    .filter(({ others }) => others.length > 0)
    .map(({ method, others }) => {
      const names = others.map(formatMethod);
      const list =
        names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
      return `${list} ${names.length === 1 ? 'equals' : 'equal'} ${formatMethod(method)} on this tensor: one curve stands for all.`;
    });
  return sentences.length > 0 ? sentences.join(' ') : undefined;
}

/** Relative error against kept; where two choices keep the same, the better one. */
export function curveOf(group: MethodGroup): CurveSeries {
  const best = new Map<number, number>();
  for (const { keptActual, error } of group.choices) {
    best.set(keptActual, Math.min(error.relative, best.get(keptActual) ?? Infinity));
  }
  return {
    id: group.method,
    label: formatMethod(group.method),
    points: [...best].map(([x, y]) => ({ x, y })),
  };
}

/** Whether `choice` is what the plan took, be it under the name of an equal method. */
export function isPlanned(
  choice: Choice,
  group: MethodGroup,
  planned: Choice | undefined,
): boolean {
  return (
    planned !== undefined &&
    (planned.method === group.method || group.others.includes(planned.method)) &&
    planned.parameters === choice.parameters &&
    planned.kept === choice.kept
  );
}

/** `overrides` with `override` in place of what it said about the tensor before. */
export function withOverride(
  overrides: readonly PlanOverride[],
  override: PlanOverride,
): readonly PlanOverride[] {
  return [...withoutOverride(overrides, override.tensor), override];
}

export function withoutOverride(
  overrides: readonly PlanOverride[],
  tensor: string,
): readonly PlanOverride[] {
  return overrides.filter((one) => one.tensor !== tensor);
}

function areSame(a: readonly Choice[], b: readonly Choice[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, index) => {
      const other = b[index];
      return (
        other !== undefined &&
        one.parameters === other.parameters &&
        Math.abs(one.error.relative - other.error.relative) <= 1e-9
      );
    })
  );
}

function groupBy<T, K>(values: readonly T[], keyOf: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) {
      group.push(value);
    } else {
      groups.set(key, [value]);
    }
  }
  return groups;
}
