import { UsageError } from '../failures';
import type {
  SparseAttempt,
  SparseMethodOffer,
  SparseOffer,
  SparseOptionInfo,
  SparseOptionValue,
} from '../protocol/sparse';
import type { TypedAttempt } from './sparseOptions';
import { printable } from './table';

/**
 * The settings of `typed` as the values that its method takes.
 * @throws UsageError for a setting that the method does not have, or a value that it cannot be.
 */
export function attemptOf({ method, settings }: TypedAttempt, offer: SparseOffer): SparseAttempt {
  const { options } = methodOf(method, offer);
  const modes = offer.info.dims.length;
  const values = settings.map(({ name, text }): [string, SparseOptionValue] => {
    const info = options.find((option) => option.name === name);
    if (!info) {
      const known = options.map((option) => option.name).join(', ');
      throw new UsageError(
        options.length === 0
          ? `${method} has no settings.`
          : `${method} has no setting "${printable(name)}"; it has ${known}.`,
        { value: name, limit: known },
      );
    }
    return [name, valueOf(info, text, method, modes)];
  });
  return { method, options: Object.fromEntries(values) };
}

export function methodOf(method: string, { methods }: SparseOffer): SparseMethodOffer {
  const found = methods.find((one) => one.method === method);
  if (!found) {
    throw new UsageError(
      `There is no method "${method}"; choose from ${methods.map((one) => one.method).join(', ')}.`,
      { value: method },
    );
  }
  return found;
}

/** What is typed to have it: `rank=20`; the label of the offer's main settings where none is given. */
export function settingsText({ method, options }: SparseAttempt, offer?: SparseOffer): string {
  const given = Object.entries(options);
  const shown =
    given.length > 0 || !offer
      ? given
      : methodOf(method, offer)
          .options.filter(({ isMain }) => isMain)
          .map((option): [string, SparseOptionValue] => [option.name, option.default]);
  return shown.map(([name, value]) => `${name}=${valueText(value)}`).join(' ');
}

export function valueText(value: SparseOptionValue): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** What a setting may be, e.g. `a whole number from 1 to 1005`. */
export function allowedValues(info: SparseOptionInfo, modes?: number): string {
  const range = rangeText(info);
  switch (info.kind) {
    case 'whole':
      return `a whole number${range}`;
    case 'number':
      return `a number${range}${info.most === undefined ? ', or infinity' : ''}`;
    case 'choice':
      return (info.choices ?? []).map(({ value }) => value).join(', ');
    case 'boolean':
      return 'true, false';
    case 'sizes':
      return `a whole number${range}, or ${modes === undefined ? 'one for each mode' : `${modes}, one for each mode`}, separated by commas`;
  }
}

function rangeText({ least, most }: SparseOptionInfo): string {
  const from = least === undefined ? '' : ` from ${least}`;
  return most === undefined ? from : `${from}${least === undefined ? ' up to' : ' to'} ${most}`;
}

function valueOf(
  info: SparseOptionInfo,
  text: string,
  method: string,
  modes: number,
): SparseOptionValue {
  const value = parsed(info, text, modes);
  if (value === undefined) {
    const allowed = allowedValues(info, modes);
    throw new UsageError(
      `${info.name}=${printable(text)} is not possible for ${method}; ` +
        `${info.kind === 'choice' || info.kind === 'boolean' ? 'choose from' : 'give'} ${allowed}.`,
      { value: text, limit: allowed },
    );
  }
  return value;
}

/** Undefined for what the setting cannot be. */
function parsed(
  info: SparseOptionInfo,
  text: string,
  modes: number,
): SparseOptionValue | undefined {
  switch (info.kind) {
    case 'whole':
      return numberIn(info, text, true);
    case 'number': {
      const value = numberIn(info, text, false);
      // JSON has no number for it.
      return value === Infinity ? 'infinity' : value;
    }
    case 'choice':
      return info.choices?.find(({ value }) => value === text)?.value;
    case 'boolean':
      return { true: true, false: false }[text];
    case 'sizes': {
      const parts = text.split(',').map((part) => numberIn(info, part, true));
      const sizes = parts.filter((part) => part !== undefined);
      const fits = sizes.length === parts.length && [1, modes].includes(sizes.length);
      return fits ? (sizes.length === 1 ? sizes[0] : sizes) : undefined;
    }
  }
}

function numberIn(
  { least = -Infinity, most = Infinity }: SparseOptionInfo,
  text: string,
  isWhole: boolean,
): number | undefined {
  const trimmed = text.trim();
  const value = /^inf(inity)?$/i.test(trimmed)
    ? Infinity
    : trimmed === ''
      ? Number.NaN
      : Number(trimmed);
  const fits = value >= least && value <= most && (!isWhole || Number.isSafeInteger(value));
  return fits ? value : undefined;
}
