import { FormatError, UnsupportedError } from '../../../failures';
import { maxOrder } from '../../../formats/shapes';
import { sparseMethods, type SparseMethod, type SparseModel } from '../sparseModel';
import { largestSize } from '../sparseTensor';

/** Key of the metadata that makes a safetensors file a compressed tensor; docs/format-sparse.md. */
export const headerKey = 'tensorpress.sparse';

const version = 1;

export type FactorMethod = Exclude<SparseMethod, 'neukron'>;

/** What a file of factors says about itself. */
export interface StoredHeader {
  readonly method: FactorMethod;
  readonly dims: readonly number[];
  readonly nonzeros: number;
  readonly squaredNorm: number;
  readonly squaredError: number;
  readonly settings: SparseModel['details'];
  /** K of KronFit. */
  readonly power?: number;
}

/** Infinity, which JSON lacks. */
const infinite = 'Infinity';

/** The text of the metadata; the same header gives the same text. */
export function formatHeader(header: StoredHeader): string {
  const settings = Object.fromEntries(
    Object.entries(header.settings).map(([name, value]) => [
      name,
      value === Infinity ? infinite : value,
    ]),
  );
  return JSON.stringify({ version, ...header, settings });
}

/**
 * @throws FormatError for a text that is no such header, UnsupportedError for a newer version and a
 * method that this version does not know.
 */
export function parseHeader(file: string, text: string): StoredHeader {
  const fail = (defect: string): FormatError =>
    new FormatError(`"${file}": ${headerKey} in its metadata ${defect}; write the file again.`, {
      file,
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(fail('is not valid JSON').message, { file }, { cause });
  }
  if (!isObject(parsed)) {
    throw fail('is not a JSON object');
  }
  if (parsed.version !== version) {
    if (typeof parsed.version === 'number' && parsed.version > version) {
      throw new UnsupportedError(
        `"${file}" is of version ${parsed.version}; this version of TensorPress reads version ${version}.`,
        { file, value: parsed.version, limit: version },
      );
    }
    throw fail('has no version');
  }
  const { method, nonzeros, squaredNorm, squaredError, power } = parsed;
  if (typeof method !== 'string') {
    throw fail('has no method');
  }
  if (!isFactorMethod(method)) {
    throw new UnsupportedError(
      `"${file}" holds factors of the method "${method.slice(0, 40)}", which this version of TensorPress does not know.`,
      { file, value: method.slice(0, 40) },
    );
  }
  if (!isSizes(parsed.dims)) {
    throw fail('has dims that are no list of sizes');
  }
  if (!isCount(nonzeros)) {
    throw fail('does not say how many nonzeros there were');
  }
  if (!isSquare(squaredNorm) || !isSquare(squaredError)) {
    throw fail('has a squared norm or error that is no number from 0');
  }
  if (power !== undefined && !(isCount(power) && power >= 1)) {
    throw fail('has a power that is no whole number from 1');
  }
  return {
    method,
    dims: parsed.dims,
    nonzeros,
    squaredNorm,
    squaredError,
    settings: readSettings(parsed.settings, fail),
    ...(power !== undefined && { power }),
  };
}

function readSettings(
  value: unknown,
  fail: (defect: string) => FormatError,
): StoredHeader['settings'] {
  if (!isObject(value)) {
    throw fail('has no settings');
  }
  const settings = Object.entries(value).map(([name, setting]) => {
    const isSetting =
      ['string', 'boolean'].includes(typeof setting) ||
      isNumber(setting) ||
      (Array.isArray(setting) && setting.every(isNumber));
    if (!isSetting) {
      throw fail(`has a setting "${name.slice(0, 40)}" that is neither text nor numbers`);
    }
    const revived = setting === infinite ? Infinity : setting;
    return [name, revived as string | number | boolean | readonly number[]] as const;
  });
  return Object.fromEntries(settings);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return isNumber(value) && Number.isSafeInteger(value) && value >= 0;
}

function isSquare(value: unknown): value is number {
  return isNumber(value) && value >= 0;
}

function isSizes(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length >= 1 &&
    value.length <= maxOrder &&
    value.every((size) => isCount(size) && size >= 1 && size <= largestSize)
  );
}

function isFactorMethod(method: string): method is FactorMethod {
  return method !== 'neukron' && (sparseMethods as readonly string[]).includes(method);
}
