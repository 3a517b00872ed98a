import { methods } from '../decompositions/decomposition';
import type { PlanRequest, PlanResult } from '../../protocol/engine';
import { UsageError } from '../../failures';
import type { Choice, TensorCost } from './choice';
import { addedHeaderBytes } from './headerSize';
import { solveKnapsack } from './knapsack';
import type { Plan, PlanBudget, PlanEntry, PlanOverride, PlanSummary } from './plan';
import { formatChoice, formatPercent, methodLabels } from './words';

/** What may become of a tensor: a choice, or staying dense (`undefined`). */
type Option = Choice | undefined;

interface Candidate {
  readonly cost: TensorCost;
  /** What the plan may pick from; never empty. */
  readonly options: readonly Option[];
  readonly choices: readonly Choice[];
  readonly override?: PlanOverride;
  /** Why `options` is nothing but dense, when it is. */
  readonly denseReason?: string;
}

/** Errors and kept levels of one computation agree to the last bit; this is for those typed in. */
const keptTolerance = 1e-9;
/** A choice computed for an error meets it up to the rounding of its division by the norm. */
const errorTolerance = 1e-12;

/**
 * The best plan under a budget. With `kept`, the parameters of the whole file are bounded and the
 * summed squared error is made as small as possible; with `maxError`, each tensor gets the fewest
 * parameters within the bound. Only profitable choices and staying dense are considered, except
 * where an override insists. When the budget cannot be met, the plan that comes closest, with
 * `feasible` false and the reason.
 * @throws UsageError for a budget outside its range or an override of a tensor that is not there.
 */
export function choosePlan(request: PlanRequest): PlanResult {
  requireBudget(request.budget);
  const candidates = candidatesOf(request);
  const { picked, reason } =
    'kept' in request.budget
      ? pickWithinSize(candidates, request.budget.kept)
      : pickWithinError(candidates, request.budget.maxError);
  const plan: Plan = {
    version: 1,
    source: { file: request.file, ...(request.sha256 && { sha256: request.sha256 }) },
    budget: request.budget,
    seed: request.seed,
    tensors: candidates.map((candidate, i) => entryOf(candidate, picked[i], request.budget)),
  };
  return { plan, summary: summarise(candidates, picked, reason) };
}

function requireBudget(budget: PlanBudget): void {
  if ('kept' in budget) {
    if (!(budget.kept > 0 && budget.kept <= 1)) {
      throw new UsageError(
        `The kept fraction must be above 0 and at most 1, but is ${budget.kept}.`,
        { value: budget.kept, limit: 1 },
      );
    }
  } else if (!(budget.maxError >= 0 && Number.isFinite(budget.maxError))) {
    throw new UsageError(
      `The largest relative error must be 0 or more, but is ${budget.maxError}.`,
      { value: budget.maxError, limit: 0 },
    );
  }
}

function candidatesOf({ tensors, choices, skipped, overrides, file }: PlanRequest): Candidate[] {
  const known = new Set(tensors.map((cost) => cost.tensor));
  for (const { tensor } of overrides) {
    if (!known.has(tensor)) {
      throw new UsageError(
        `The plan has an override for tensor "${tensor}", which "${file}" does not have; remove it.`,
        { file, tensor },
      );
    }
  }
  const byTensor = new Map<string, Choice[]>();
  for (const choice of choices) {
    const list = byTensor.get(choice.tensor);
    if (list) {
      list.push(choice);
    } else {
      byTensor.set(choice.tensor, [choice]);
    }
  }
  const reasons = new Map(skipped.map(({ tensor, reason }) => [tensor, reason]));
  const byOverride = new Map(overrides.map((override) => [override.tensor, override]));
  return tensors.map((cost) =>
    candidateOf(
      cost,
      byTensor.get(cost.tensor) ?? [],
      byOverride.get(cost.tensor),
      reasons.get(cost.tensor),
    ),
  );
}

function candidateOf(
  cost: TensorCost,
  choices: readonly Choice[],
  override: PlanOverride | undefined,
  skipReason: string | undefined,
): Candidate {
  const dense = (denseReason: string): Candidate => ({
    cost,
    choices,
    override,
    options: [undefined],
    denseReason,
  });
  if (override?.method === 'dense') {
    return dense('excluded by you');
  }
  if (choices.length === 0) {
    return dense(skipReason ?? 'no choices were computed for it');
  }
  if (override) {
    const wanted = choicesOf(override, choices);
    if (wanted.length === 0) {
      return dense(`there is no choice ${describeOverride(override)}`);
    }
    const profitable = wanted.filter((choice) => choice.profitable);
    return { cost, choices, override, options: profitable.length > 0 ? profitable : wanted };
  }
  const profitable = oneOfEachSize(choices.filter((choice) => choice.profitable));
  return profitable.length > 0
    ? { cost, choices, options: [...profitable, undefined] }
    : dense('no choice is smaller and cheaper than the dense tensor');
}

function choicesOf(override: PlanOverride, choices: readonly Choice[]): readonly Choice[] {
  const { method, kept } = override;
  return choices.filter(
    (choice) =>
      choice.method === method &&
      // Factors that leave the range of their type cannot be stored.
      Number.isFinite(choice.error.absolute) &&
      (kept === undefined ||
        (choice.kept !== undefined && Math.abs(choice.kept - kept) <= keptTolerance)),
  );
}

function describeOverride({ method, kept }: PlanOverride): string {
  const level = kept === undefined ? '' : ` at ${formatPercent(kept)} kept`;
  return `${methodLabels[method]}${level}, which was asked for`;
}

const methodOrder = new Map(methods.map((method, i) => [method, i]));

/**
 * Of choices with equally many parameters the one with the least error. On a matrix several methods
 * are one and the same; of those the first in the order of `methods`, whatever their rounding.
 */
function oneOfEachSize(choices: readonly Choice[]): Choice[] {
  const bySize = new Map<number, Choice>();
  for (const choice of choices) {
    const rival = bySize.get(choice.parameters);
    if (!rival || isBetter(choice, rival)) {
      bySize.set(choice.parameters, choice);
    }
  }
  return [...bySize.values()];
}

function isBetter(a: Choice, b: Choice): boolean {
  const difference = a.error.absolute - b.error.absolute;
  const scale = Math.max(a.error.absolute, b.error.absolute);
  if (Math.abs(difference) > 1e-9 * scale) {
    return difference < 0;
  }
  return (methodOrder.get(a.method) ?? 0) < (methodOrder.get(b.method) ?? 0);
}

interface Picked {
  readonly picked: readonly Option[];
  /** Set when the budget cannot be met. */
  readonly reason?: string;
}

function pickWithinSize(candidates: readonly Candidate[], kept: number): Picked {
  const total = sum(candidates.map(({ cost }) => cost.parameters));
  const result = solveKnapsack(
    candidates.map(({ options, cost }) =>
      options.map((option) => ({
        weight: option?.parameters ?? cost.parameters,
        cost: squaredError(option),
      })),
    ),
    kept * total,
  );
  const picked = candidates.map(({ options }, i) => options[result.chosen[i]]);
  if (result.feasible) {
    return { picked };
  }
  const overridden = candidates.some(({ override }) => override);
  return {
    picked,
    reason:
      `${formatPercent(kept)} of the parameters cannot be reached: the smallest plan keeps ` +
      `${formatPercent(result.weight / total)}. Allow ${overridden ? 'other overrides, ' : ''}` +
      'more methods or lower kept levels, or raise the budget.',
  };
}

function pickWithinError(candidates: readonly Candidate[], maxError: number): Picked {
  const beyond: string[] = [];
  const picked = candidates.map(({ options, cost }) => {
    const within = options.filter(
      (option) => (option?.error.relative ?? 0) <= maxError + errorTolerance,
    );
    if (within.length > 0) {
      return least(within, (option) => [
        option?.parameters ?? cost.parameters,
        squaredError(option),
      ]);
    }
    beyond.push(cost.tensor);
    return least(options, (option) => [
      squaredError(option),
      option?.parameters ?? cost.parameters,
    ]);
  });
  if (beyond.length === 0) {
    return { picked };
  }
  const others = beyond.length > 1 ? ` and ${beyond.length - 1} more` : '';
  return {
    picked,
    reason:
      `What you chose for "${beyond[0]}"${others} has a relative error above ` +
      `${formatPercent(maxError)}; choose another method or level, or raise the bound.`,
  };
}

function least(options: readonly Option[], keys: (option: Option) => [number, number]): Option {
  return options.reduce((best, option) => {
    const [a, b] = [keys(option), keys(best)];
    return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? option : best;
  });
}

function squaredError(option: Option): number {
  return option ? option.error.absolute ** 2 : 0;
}

function entryOf(candidate: Candidate, option: Option, budget: PlanBudget): PlanEntry {
  const { tensor } = candidate.cost;
  if (!option) {
    const reason = `stays dense: ${denseReasonOf(candidate, budget)}`;
    return { tensor, method: 'dense', kept: 1, relativeError: 0, reason };
  }
  return {
    tensor,
    method: option.method,
    rank: option.rank,
    ...(option.attributes && { attributes: option.attributes }),
    kept: option.keptActual,
    relativeError: option.error.relative,
    reason: `${formatChoice(option.method, option.rank)}: ${pickedReason(candidate, option, budget)}`,
  };
}

function pickedReason({ override }: Candidate, option: Choice, budget: PlanBudget): string {
  if (override && !option.profitable) {
    return `chosen by you although it does not pay: ${option.reason ?? 'not smaller and cheaper'}`;
  }
  if (override) {
    return override.kept === undefined ? 'method chosen by you' : 'chosen by you';
  }
  return 'kept' in budget
    ? 'smallest error at this size'
    : `fewest parameters with a relative error of at most ${formatPercent(budget.maxError)}`;
}

function denseReasonOf(candidate: Candidate, budget: PlanBudget): string {
  if (candidate.denseReason !== undefined) {
    return candidate.denseReason;
  }
  if ('kept' in budget) {
    return 'the budget has room for it, and it adds no error';
  }
  const errors = candidate.choices
    .filter((choice) => choice.profitable)
    .map((choice) => choice.error.relative);
  return (
    `no profitable choice has a relative error of at most ${formatPercent(budget.maxError)} ` +
    `(the best has ${formatPercent(Math.min(...errors))})`
  );
}

function summarise(
  candidates: readonly Candidate[],
  picked: readonly Option[],
  reason: string | undefined,
): PlanSummary {
  const of = (from: (option: Choice) => number, dense: (cost: TensorCost) => number) =>
    sum(
      candidates.map(({ cost }, i) => {
        const option = picked[i];
        return option ? from(option) : dense(cost);
      }),
    );
  const costs = candidates.map(({ cost }) => cost);
  const absolute = Math.sqrt(sum(picked.map(squaredError)));
  const weights = costs.filter(isWeight);
  const norm = Math.sqrt(sum(weights.map((cost) => (cost.norm ?? 0) ** 2)));
  return {
    feasible: reason === undefined,
    ...(reason !== undefined && { reason }),
    parameters: of(
      (option) => option.parameters,
      (cost) => cost.parameters,
    ),
    denseParameters: sum(costs.map((cost) => cost.parameters)),
    bytes: of(
      (option) => option.bytes,
      (cost) => cost.bytes,
    ),
    denseBytes: sum(costs.map((cost) => cost.bytes)),
    addedHeaderBytes: addedHeaderBytes(picked.filter((option) => option !== undefined)),
    macs: of(
      (option) => option.macs,
      (cost) => cost.macs,
    ),
    denseMacs: sum(costs.map((cost) => cost.macs)),
    error: { absolute, relative: absolute === 0 ? 0 : absolute / norm },
  };
}

/**
 * The relative error of a file is that of its matrices and kernels: running variances and the like
 * can be so large that beside them any error looks small.
 */
function isWeight({ macs }: TensorCost): boolean {
  return macs > 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
