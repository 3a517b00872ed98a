import { FormatError } from '../../failures';
import { methods, type Attributes, type Rank } from '../decompositions/decomposition';
import type { Plan, PlanBudget, PlanEntry } from './plan';

/** The text of a plan file: indented, so that changes are readable in version control. */
export function formatPlan(plan: Plan): string {
  // Short lists (ranks, blocks) stay on one line. Names with brackets are safe: within a JSON text
  // no string holds a line break.
  const text = JSON.stringify(plan, undefined, 2).replace(
    /\[\n\s*([\d\s,]+?)\n\s*\]/g,
    (_, numbers: string) => `[${numbers.replace(/\s+/g, ' ')}]`,
  );
  return `${text}\n`;
}

/**
 * Reads a plan file, every field checked.
 * @throws FormatError naming `file` and the field that is wrong.
 */
export function parsePlan(text: string, file: string): Plan {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(`"${file}" is not a plan: it is not valid JSON (${reason}).`, { file });
  }
  const check = new PlanChecker(file);
  const plan = check.object(value, 'the file');
  if (plan.version !== 1) {
    throw check.wrong('version', plan.version, '1, the only version known');
  }
  check.onlyKeys(plan, ['$schema', 'version', 'source', 'budget', 'seed', 'tensors'], '');
  const source = check.object(plan.source, 'source');
  check.onlyKeys(source, ['file', 'sha256'], 'source.');
  if (!Array.isArray(plan.tensors)) {
    throw check.wrong('tensors', plan.tensors, 'a list');
  }
  const tensors = plan.tensors.map((entry: unknown, i) => check.entry(entry, `tensors[${i}]`));
  const names = new Set<string>();
  for (const { tensor } of tensors) {
    if (names.has(tensor)) {
      throw new FormatError(`"${file}": the plan names tensor "${tensor}" twice; keep one entry.`, {
        file,
        tensor,
      });
    }
    names.add(tensor);
  }
  return {
    version: 1,
    source: {
      file: check.fileName(source.file),
      ...(source.sha256 !== undefined && { sha256: check.sha256(source.sha256) }),
    },
    budget: check.budget(plan.budget),
    seed: check.seed(plan.seed),
    tensors,
  };
}

class PlanChecker {
  constructor(private readonly file: string) {}

  wrong(field: string, value: unknown, expected: string): FormatError {
    const found = value === undefined ? 'missing' : JSON.stringify(value);
    const shown = found.length > 60 ? `${found.slice(0, 60)}…` : found;
    return new FormatError(
      `"${this.file}" is not a valid plan: "${field}" is ${shown}, but must be ${expected}.`,
      { file: this.file, value: shown },
    );
  }

  object(value: unknown, field: string): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.wrong(field, value, 'an object');
    }
    return value as Record<string, unknown>;
  }

  /** A misspelt field would otherwise be ignored without a word. */
  onlyKeys(value: Record<string, unknown>, known: readonly string[], prefix: string): void {
    const other = Object.keys(value).find((key) => !known.includes(key));
    if (other !== undefined) {
      throw new FormatError(
        `"${this.file}" is not a valid plan: the field "${prefix}${other}" is unknown; allowed are ${known.join(', ')}.`,
        { file: this.file, value: other },
      );
    }
  }

  /** May be empty, as a tensor's name may. */
  text(value: unknown, field: string): string {
    if (typeof value !== 'string') {
      throw this.wrong(field, value, 'a text');
    }
    return value;
  }

  fileName(value: unknown): string {
    const name = this.text(value, 'source.file');
    if (name === '') {
      throw this.wrong('source.file', value, 'the name of a file');
    }
    return name;
  }

  sha256(value: unknown): string {
    if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) {
      throw this.wrong('source.sha256', value, '64 lower-case hexadecimal digits');
    }
    return value;
  }

  seed(value: unknown): number {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= 2 ** 32) {
      throw this.wrong('seed', value, 'a whole number from 0 to 4294967295');
    }
    return value;
  }

  fraction(value: unknown, field: string, limit = 1): number {
    if (typeof value !== 'number' || !(value >= 0 && value <= limit)) {
      throw this.wrong(field, value, limit === 1 ? 'a number from 0 to 1' : 'a number, 0 or more');
    }
    return value;
  }

  budget(value: unknown): PlanBudget {
    const budget = this.object(value, 'budget');
    const [key] = Object.keys(budget);
    if (Object.keys(budget).length === 1 && key === 'kept') {
      const kept = this.fraction(budget.kept, 'budget.kept');
      if (kept > 0) {
        return { kept };
      }
    }
    if (Object.keys(budget).length === 1 && key === 'maxError') {
      return { maxError: this.fraction(budget.maxError, 'budget.maxError', Number.MAX_VALUE) };
    }
    throw this.wrong(
      'budget',
      value,
      '{ "kept": above 0 and up to 1 } or { "maxError": 0 or more }',
    );
  }

  entry(value: unknown, field: string): PlanEntry {
    const entry = this.object(value, field);
    const known = ['tensor', 'method', 'rank', 'attributes', 'kept', 'relativeError', 'reason'];
    this.onlyKeys(entry, known, `${field}.`);
    const method = [...methods, 'dense' as const].find((name) => name === entry.method);
    if (!method) {
      throw this.wrong(`${field}.method`, entry.method, `one of ${methods.join(', ')}, dense`);
    }
    if ((entry.rank === undefined) !== (method === 'dense')) {
      throw this.wrong(
        `${field}.rank`,
        entry.rank,
        method === 'dense' ? 'left out for a dense tensor' : 'a rank',
      );
    }
    return {
      tensor: this.text(entry.tensor, `${field}.tensor`),
      method,
      ...(entry.rank !== undefined && { rank: this.rank(entry.rank, `${field}.rank`) }),
      ...(entry.attributes !== undefined && {
        attributes: this.attributes(entry.attributes, `${field}.attributes`),
      }),
      kept: this.fraction(entry.kept ?? 1, `${field}.kept`, Number.MAX_VALUE),
      relativeError: this.fraction(
        entry.relativeError ?? 0,
        `${field}.relativeError`,
        Number.MAX_VALUE,
      ),
      reason: this.text(entry.reason ?? '', `${field}.reason`),
    };
  }

  rank(value: unknown, field: string): Rank {
    const isRank = (x: unknown) => Number.isSafeInteger(x) && (x as number) > 0;
    if (isRank(value)) {
      return value as number;
    }
    if (Array.isArray(value) && value.length > 0 && value.every(isRank)) {
      return value as number[];
    }
    throw this.wrong(field, value, 'a whole number of at least 1, or a list of such');
  }

  attributes(value: unknown, field: string): Attributes {
    const attributes = this.object(value, field);
    for (const [key, item] of Object.entries(attributes)) {
      const isList = Array.isArray(item) && item.every((x) => typeof x === 'number');
      if (!isList && !['string', 'number', 'boolean'].includes(typeof item)) {
        throw this.wrong(
          `${field}.${key}`,
          item,
          'a text, a number, true, false or a list of numbers',
        );
      }
    }
    return attributes as Attributes;
  }
}
