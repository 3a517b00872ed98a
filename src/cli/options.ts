import { InvalidArgumentError, Option } from 'commander';
import {
  defaultMethods,
  methods,
  type Method,
  type Rank,
} from '../engine/decompositions/decomposition';
import type { BackendChoice } from '../protocol/backends';
import type { PlanBudget } from '../engine/selection/plan';

/** Levels that `choices` shows. */
export const defaultChoiceLevels: readonly number[] = [0.1, 0.25, 0.5, 0.75, 0.9];

/** Levels among which `compress` picks, whatever the budget. */
const planLevels: readonly number[] = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9];

/** Shares of a size budget that are levels too: where one tensor is most of the file, it needs them. */
const budgetShares: readonly number[] = [0.8, 0.85, 0.9, 0.95, 1];

/** Levels among which `compress` picks under `budget` when it is told none. */
export function defaultPlanLevels(budget: PlanBudget): number[] {
  const near = 'kept' in budget ? budgetShares.map((share) => share * budget.kept) : [];
  const rounded = [...planLevels, ...near].map((level) => Math.round(level * 1e6) / 1e6);
  return [...new Set(rounded)].filter((level) => level > 0 && level < 1).sort((a, b) => a - b);
}

export const defaultBudget = 0.25;

/** Each takes some memory of its own. */
const mostThreads = 64;

export function jsonOption(): Option {
  return new Option('--json', 'print JSON instead of text');
}

export function methodsOption(): Option {
  return new Option(
    '--methods <list>',
    `methods to consider, separated by commas: ${methods.join(', ')}`,
  )
    .default(defaultMethods, 'the decompositions: all but block and kpd')
    .argParser(parseMethods);
}

export function seedOption(): Option {
  return new Option('--seed <number>', 'seed of random starts (CP, very large matrices)')
    .default(0)
    .argParser(parseSeed);
}

export function tensorOption(): Option {
  return new Option(
    '--tensor <globs...>',
    'only tensors whose name matches: * is any text, ? any character (default: all)',
  );
}

/** Understood before every command; see `tensorpress backends` for what there is. */
export function backendOption(): Option {
  return new Option(
    '--backend <name>',
    'what multiplies large matrices (default: auto, the fastest here)',
  ).choices(backendChoices);
}

const backendChoices: readonly BackendChoice[] = ['auto', 'wasm', 'tensorflow', 'webgpu'];

export function parseThreads(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > mostThreads) {
    throw new InvalidArgumentError(`Give a whole number from 1 to ${mostThreads}.`);
  }
  return count;
}

export function parseMethods(text: string): Method[] {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    const method = methods.find((known) => known === name);
    if (!method) {
      throw new InvalidArgumentError(
        `"${name}" is not a method; choose from ${methods.join(', ')}.`,
      );
    }
    return method;
  });
}

/** Numbers above 0 and at most 1, separated by commas, ascending and each once. */
export function parseLevels(text: string): number[] {
  return [...new Set(text.split(',').map(parseKept))].sort((a, b) => a - b);
}

export function parseKept(text: string): number {
  const value = parseNumber(text);
  if (!(value > 0 && value <= 1)) {
    throw new InvalidArgumentError(
      `${text.trim() || '""'} is not a kept fraction; give a number above 0 and at most 1 (0.25 keeps a quarter).`,
    );
  }
  return value;
}

export function parseMaxError(text: string): number {
  const value = parseNumber(text);
  if (!(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError(
      `${text.trim() || '""'} is not a relative error; give a number from 0 to 1 (0.1 is 10 %).`,
    );
  }
  return value;
}

/** Relative errors, separated by commas, ascending and each once. */
export function parseErrors(text: string): number[] {
  return [...new Set(text.split(',').map(parseMaxError))].sort((a, b) => a - b);
}

/** Shares of the squared norm, separated by commas, ascending and each once. */
export function parseEnergies(text: string): number[] {
  return [...new Set(text.split(',').map(parseEnergy))].sort((a, b) => a - b);
}

/** A share of the squared norm, from 0 to 1. */
export function parseEnergy(text: string): number {
  const value = parseNumber(text);
  if (!(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError(
      `${text.trim() || '""'} is not a share of the energy; give a number from 0 to 1 (0.99 keeps 99 % of the squared norm).`,
    );
  }
  return value;
}

/** A whole number, or several separated by commas (Tucker, Tensor Train). */
export function parseRank(text: string): Rank {
  const values = text.split(',').map(parseNumber);
  const wrong = values.some((value) => !Number.isSafeInteger(value) || value < 1);
  if (wrong) {
    throw new InvalidArgumentError(
      'Give whole numbers of at least 1: one for svd, cp, kronecker, block (blocks kept) and kpd, a list such as 14,14,3,3 for tucker and 1,8,5,14,1 for tt.',
    );
  }
  return values.length === 1 ? values[0] : values;
}

export function parseSeed(text: string): number {
  const value = parseNumber(text);
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32) {
    throw new InvalidArgumentError('Give a whole number from 0 to 4294967295.');
  }
  return value;
}

export function parseMinutes(text: string): number {
  const minutes = parseNumber(text);
  if (!(minutes > 0 && minutes <= mostMinutes)) {
    throw new InvalidArgumentError(`Give a number of minutes above 0, at most ${mostMinutes}.`);
  }
  return minutes;
}

/** A day: more than that is a slip. */
const mostMinutes = 1440;

/** Number() alone would take an empty text for 0. */
function parseNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
