import type { PlanBudget } from '../../src/protocol/choices';
import { formatError, formatShortPercent } from '../format';

export type BudgetMode = 'kept' | 'maxError';

export const defaultBudgets = {
  kept: { kept: 0.25 },
  maxError: { maxError: 0.1 },
} as const satisfies Record<BudgetMode, PlanBudget>;

export function modeOf(budget: PlanBudget): BudgetMode {
  return 'kept' in budget ? 'kept' : 'maxError';
}

/**
 * What the slider runs over: percent kept, linearly; errors from 0.001 to 1 by their logarithm, in
 * 20 steps a decade, which two digits tell apart.
 */
export const sliderRange = {
  kept: { min: 1, max: 100, step: 1 },
  maxError: { min: 0, max: 60, step: 1 },
} as const;

const LOWEST_EXPONENT = -3;

export function sliderPosition(budget: PlanBudget): number {
  return 'kept' in budget
    ? budget.kept * 100
    : Math.round((Math.log10(budget.maxError) / -LOWEST_EXPONENT + 1) * sliderRange.maxError.max);
}

export function budgetAtSlider(mode: BudgetMode, position: number): PlanBudget {
  if (mode === 'kept') {
    return { kept: position / 100 };
  }
  const exponent = LOWEST_EXPONENT * (1 - position / sliderRange.maxError.max);
  return { maxError: Number((10 ** exponent).toPrecision(2)) };
}

/** The number field's text: percent for `kept`, a plain number for an error. */
export function budgetText(budget: PlanBudget): string {
  return 'kept' in budget
    ? String(Number((budget.kept * 100).toPrecision(4)))
    : String(Number(budget.maxError.toPrecision(4)));
}

/** The budget that was typed, or a sentence saying what is expected. */
export function parseBudget(mode: BudgetMode, text: string): PlanBudget | { problem: string } {
  const cleaned = text.trim().replace(',', '.').replace(/\s*%$/, '');
  const value = cleaned === '' ? Number.NaN : Number(cleaned);
  if (mode === 'kept') {
    return value > 0 && value <= 100
      ? { kept: value / 100 }
      : { problem: 'Enter a percentage above 0 and up to 100.' };
  }
  return value > 0 && value <= 1
    ? { maxError: value }
    : { problem: 'Enter an error above 0 and up to 1, such as 0.1.' };
}

export function describeBudget(budget: PlanBudget): string {
  return 'kept' in budget
    ? `keep ${formatShortPercent(budget.kept)} of the parameters`
    : `relative error of at most ${formatError(budget.maxError)} for each tensor`;
}
