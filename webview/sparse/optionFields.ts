import type {
  SparseAttempt,
  SparseMethodOffer,
  SparseOptionInfo,
  SparseOptionValue,
} from '../../src/protocol/sparse';
import { isSameValue } from './attempts';

/** What stands in the fields of a form, by the names of the settings. */
export type FieldTexts = Readonly<Record<string, string>>;

export type Parsed = { readonly value: SparseOptionValue } | { readonly problem: string };

/** A value as text of its field. */
export function fieldText(value: SparseOptionValue): string {
  return typeof value === 'object' ? value.join(', ') : String(value);
}

/** What the fields of a method show at first. */
export function defaultTexts({ options }: SparseMethodOffer): FieldTexts {
  return Object.fromEntries(options.map((option) => [option.name, fieldText(option.default)]));
}

/** The value that a field stands for, or what is wrong with it. @param modes of the tensor. */
export function parseField(option: SparseOptionInfo, text: string, modes: number): Parsed {
  switch (option.kind) {
    case 'boolean':
      return { value: text === 'true' };
    case 'choice': {
      const choice = option.choices?.find(({ value }) => value === text);
      return choice ? { value: choice.value } : { problem: 'Choose one of the list.' };
    }
    case 'whole':
    case 'number': {
      const value = numberOf(text.replace(',', '.'));
      return isWithin(option, value) && (option.kind === 'number' || Number.isInteger(value))
        ? { value }
        : { problem: `Enter a ${option.kind === 'whole' ? 'whole ' : ''}number${limits(option)}.` };
    }
    case 'sizes':
      return parseSizes(option, text, modes);
  }
}

function parseSizes(option: SparseOptionInfo, text: string, modes: number): Parsed {
  const sizes = text
    .split(/[\s,;x×]+/)
    .filter(Boolean)
    .map(numberOf);
  const [first] = sizes;
  const isRight =
    first !== undefined &&
    (sizes.length === 1 || sizes.length === modes) &&
    sizes.every((size) => Number.isInteger(size) && isWithin(option, size));
  return isRight
    ? { value: sizes.length === 1 ? first : sizes }
    : {
        problem: `Enter one whole number, or ${modes} with commas between them,${limits(option) || ' one for each mode'}.`,
      };
}

function numberOf(text: string): number {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : NaN;
}

function isWithin(
  { least = -Infinity, most = Infinity }: SparseOptionInfo,
  value: number,
): boolean {
  return Number.isFinite(value) && value >= least && value <= most;
}

function limits({ least, most }: SparseOptionInfo): string {
  if (least !== undefined && most !== undefined) {
    return ` from ${least} to ${most}`;
  }
  if (least !== undefined) {
    return ` of at least ${least}`;
  }
  return most === undefined ? '' : ` of at most ${most}`;
}

/** What is wrong, by the names of the settings; empty where nothing is. */
export function fieldProblems(
  { options }: SparseMethodOffer,
  texts: FieldTexts,
  modes: number,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    options.flatMap((option) => {
      const parsed = parseField(option, texts[option.name] ?? '', modes);
      return 'problem' in parsed ? [[option.name, parsed.problem]] : [];
    }),
  );
}

/** The attempt that a form without problems stands for; what is as usual is left out. */
export function attemptOf(
  { method, options }: SparseMethodOffer,
  texts: FieldTexts,
  modes: number,
): SparseAttempt {
  const values = options.flatMap((option): [string, SparseOptionValue][] => {
    const parsed = parseField(option, texts[option.name] ?? '', modes);
    return 'value' in parsed && !isSameValue(parsed.value, option.default)
      ? [[option.name, parsed.value]]
      : [];
  });
  return { method, options: Object.fromEntries(values) };
}
