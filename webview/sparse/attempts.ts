import type {
  SparseAttempt,
  SparseMethod,
  SparseMethodOffer,
  SparseOptionInfo,
  SparseOptionValue,
} from '../../src/protocol/sparse';

export function offerOf(
  offers: readonly SparseMethodOffer[],
  method: SparseMethod,
): SparseMethodOffer | undefined {
  return offers.find((one) => one.method === method);
}

/** The same text for attempts that come to the same: defaults filled in, names in order. */
export function attemptKey(
  offers: readonly SparseMethodOffer[],
  { method, options }: SparseAttempt,
): string {
  const defaults = offerOf(offers, method)?.options.map((option): [string, SparseOptionValue] => [
    option.name,
    option.default,
  ]);
  const all = Object.entries({ ...Object.fromEntries(defaults ?? []), ...options });
  return JSON.stringify([method, ...all.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** What was tried, in a few words: the settings that decide, and those that are not as usual. */
export function attemptLabel(
  offers: readonly SparseMethodOffer[],
  { method, options }: SparseAttempt,
): string {
  const words = (offerOf(offers, method)?.options ?? []).flatMap((option) => {
    const value = options[option.name] ?? option.default;
    return option.isMain || !isSameValue(value, option.default) ? [optionWords(option, value)] : [];
  });
  return words.join(', ') || 'usual settings';
}

/** What the numbers on a method's short labels are, e.g. `rows, columns`. */
export function shortLabelTitle({ options }: SparseMethodOffer): string {
  return mainOptions(options)
    .map(({ title }) => inSentence(title))
    .join(', ');
}

/** An attempt among others of its method: the values that decide, and what is not as usual. */
export function shortLabel(offer: SparseMethodOffer, { options }: SparseAttempt): string {
  const main = mainOptions(offer.options);
  const words = offer.options.flatMap((option) => {
    const value = options[option.name] ?? option.default;
    if (main.includes(option)) {
      return [valueWords(option, value)];
    }
    return isSameValue(value, option.default) ? [] : [optionWords(option, value)];
  });
  return words.join(', ') || 'usual settings';
}

/** A switch says nothing without its name. */
function mainOptions(options: readonly SparseOptionInfo[]): readonly SparseOptionInfo[] {
  return options.filter(({ isMain, kind }) => isMain && kind !== 'boolean');
}

/** e.g. `Truncated SVD`. */
export function methodTitle(offers: readonly SparseMethodOffer[], method: SparseMethod): string {
  return offerOf(offers, method)?.title ?? method;
}

function optionWords(option: SparseOptionInfo, value: SparseOptionValue): string {
  const title = inSentence(option.title);
  if (typeof value === 'boolean') {
    return value ? title : `no ${title}`;
  }
  return `${title} ${valueWords(option, value)}`;
}

/** A value as it is shown. */
export function valueWords(
  { choices }: Pick<SparseOptionInfo, 'choices'>,
  value: SparseOptionValue,
): string {
  if (typeof value === 'object') {
    return value.join(' × ');
  }
  return choices?.find((choice) => choice.value === value)?.title ?? String(value);
}

export function isSameValue(a: SparseOptionValue, b: SparseOptionValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** `Hidden units` becomes `hidden units`, but `LSTM layers` stays. */
export function inSentence(title: string): string {
  return /^[A-Z][^A-Z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}
