import { UsageError } from '../../../failures';
import type { SparseAttempt, SparseOptionInfo, SparseOptionValue } from '../../../protocol/sparse';

type Info = Omit<SparseOptionInfo, 'name'>;
/** What every kind of setting says of itself; `isMain` left out is false. */
type Words = Pick<Info, 'title' | 'description'> & { readonly isMain?: boolean };

/** One setting: what forms show of it, and how its value becomes what the fit takes. */
export interface OptionSpec<T> {
  readonly info: Info;
  /** For messages, e.g. `a whole number from 1 to 512`. */
  readonly allowed: string;
  /** Undefined for what is not allowed. */
  read(value: SparseOptionValue): T | undefined;
}

/** The settings of a method by their names, in the order in which they are shown. */
export type OptionTable = Readonly<Record<string, OptionSpec<unknown>>>;

/** The values of a table, all of them there. */
export type ValuesOf<T extends OptionTable> = {
  readonly [Name in keyof T]: T[Name] extends OptionSpec<infer Value> ? Value : never;
};

interface Range<T> {
  readonly default: T;
  readonly least: number;
  readonly most: number;
}

export function whole({ isMain = false, ...info }: Words & Range<number>): OptionSpec<number> {
  const { least, most } = info;
  return {
    info: { kind: 'whole', isMain, ...info },
    allowed: `a whole number from ${least} to ${most}`,
    read: (value) => (isWhole(value, least, most) ? value : undefined),
  };
}

export function numeric({ isMain = false, ...info }: Words & Range<number>): OptionSpec<number> {
  const { least, most } = info;
  return {
    info: { kind: 'number', isMain, ...info },
    allowed: `a number from ${least} to ${most}`,
    read: (value) =>
      typeof value === 'number' && value >= least && value <= most ? value : undefined,
  };
}

/** The text for a number that JSON and forms lack. */
const infinityText = 'infinity';

/** A number that may be infinite, written as a number or as the text `infinity`. */
export function unbounded({
  isMain = false,
  ...info
}: Words & Omit<Range<number>, 'most'>): OptionSpec<number> {
  const { least } = info;
  return {
    info: { kind: 'number', isMain, ...info },
    allowed: `a number from ${least}, or "${infinityText}"`,
    read(value) {
      const number =
        typeof value === 'string' && value.toLowerCase() === infinityText ? Infinity : value;
      return typeof number === 'number' && number >= least ? number : undefined;
    },
  };
}

export function choice<const Value extends string>({
  isMain = false,
  ...info
}: Words & {
  readonly default: NoInfer<Value>;
  readonly choices: readonly { readonly value: Value; readonly title: string }[];
}): OptionSpec<Value> {
  return {
    info: { kind: 'choice', isMain, ...info },
    allowed: `one of ${info.choices.map(({ value }) => value).join(', ')}`,
    read: (value) => info.choices.find((one) => one.value === value)?.value,
  };
}

export function flag({
  isMain = false,
  ...info
}: Words & { readonly default: boolean }): OptionSpec<boolean> {
  return {
    info: { kind: 'boolean', isMain, ...info },
    allowed: 'true or false',
    read: (value) => (typeof value === 'boolean' ? value : undefined),
  };
}

/** One whole number for all modes, or one for each; how many there are is the fit's to check. */
export function sizes({
  isMain = false,
  ...info
}: Words & Range<number>): OptionSpec<number | readonly number[]> {
  const { least, most } = info;
  return {
    info: { kind: 'sizes', isMain, ...info },
    allowed: `a whole number from ${least} to ${most}, or one for each mode`,
    read(value) {
      const list: readonly SparseOptionValue[] = Array.isArray(value) ? value : [value];
      const fits = list.length > 0 && list.every((one) => isWhole(one, least, most));
      return fits ? (value as number | readonly number[]) : undefined;
    },
  };
}

function isWhole(value: SparseOptionValue, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

export function infosOf(table: OptionTable): readonly SparseOptionInfo[] {
  return Object.entries(table).map(([name, { info }]) => ({ name, ...info }));
}

/**
 * The values of all settings, defaults for those left out.
 * @param method for messages.
 * @throws UsageError for a name the method does not have, and for a value that is not allowed.
 */
export function readOptions<T extends OptionTable>(
  method: string,
  table: T,
  options: SparseAttempt['options'],
): ValuesOf<T> {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(table, name));
  if (unknown !== undefined) {
    const known = Object.keys(table).join(', ');
    throw new UsageError(`${method} has no setting "${unknown}"; it has ${known}.`, {
      value: unknown,
      limit: known,
    });
  }
  const values = Object.entries(table).map(([name, { info, allowed, read }]) => {
    const given = Object.hasOwn(options, name) ? options[name] : info.default;
    const value = read(given);
    if (value === undefined) {
      throw new UsageError(`${method}: ${name} must be ${allowed}, not ${JSON.stringify(given)}.`, {
        value: String(given),
        limit: allowed,
      });
    }
    return [name, value];
  });
  return Object.fromEntries(values) as ValuesOf<T>;
}

/** Values as text, names sorted: the same for the same values, however they were written. */
export function valuesKey(values: Readonly<Record<string, unknown>>): string {
  const sorted = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted, (_, value: unknown) => (value === Infinity ? infinityText : value));
}

/**
 * Settings that are no main ones and not as by default, for a label: `gamma 1`, and of those that are
 * switched `gammaPerSquare` or `no gammaPerSquare`.
 */
export function unusualSettings(
  table: OptionTable,
  values: Readonly<Record<string, unknown>>,
  unsaid: readonly string[] = [],
): readonly string[] {
  return Object.entries(table).flatMap(([name, { info, read }]) => {
    const value = values[name];
    if (info.isMain || unsaid.includes(name) || value === read(info.default)) {
      return [];
    }
    if (typeof value === 'boolean') {
      return [value ? name : `no ${name}`];
    }
    return [`${name} ${value === Infinity ? infinityText : String(value)}`];
  });
}
