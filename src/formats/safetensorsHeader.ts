import type { DType } from '../engine/tensor/dtype';
import { FormatError } from '../failures';
import type { TensorEntry } from './format';
import { scanJsonKeys } from './jsonScan';
import { checkShape } from './shapes';

/** Where a tensor's bytes lie, counted from the end of the header. */
export interface StoredRange {
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of the header. */
  readonly tensors: readonly TensorEntry[];
  readonly ranges: ReadonlyMap<string, StoredRange>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface StoredDType {
  readonly bits: number;
  /** Undefined for the types of the format that the product cannot compute with. */
  readonly dtype?: DType;
}

/** Every type of the format (safetensors 0.8). */
export const safetensorsDTypes: ReadonlyMap<string, StoredDType> = new Map(
  Object.entries<StoredDType>({
    F64: { bits: 64, dtype: 'float64' },
    F32: { bits: 32, dtype: 'float32' },
    F16: { bits: 16, dtype: 'float16' },
    BF16: { bits: 16, dtype: 'bfloat16' },
    I64: { bits: 64, dtype: 'int64' },
    I32: { bits: 32, dtype: 'int32' },
    I16: { bits: 16, dtype: 'int16' },
    I8: { bits: 8, dtype: 'int8' },
    U64: { bits: 64, dtype: 'uint64' },
    U32: { bits: 32, dtype: 'uint32' },
    U16: { bits: 16, dtype: 'uint16' },
    U8: { bits: 8, dtype: 'uint8' },
    BOOL: { bits: 8, dtype: 'bool' },
    C64: { bits: 64 },
    F8_E5M2: { bits: 8 },
    F8_E4M3: { bits: 8 },
    F8_E8M0: { bits: 8 },
    F8_E4M3FNUZ: { bits: 8 },
    F8_E5M2FNUZ: { bits: 8 },
    F6_E2M3: { bits: 6 },
    F6_E3M2: { bits: 6 },
    F4: { bits: 4 },
  }),
);

/**
 * Four to a tensor, so a million tensors: far above any model, and low enough that no header can
 * fill the memory with empty entries.
 */
const maxKeys = 4_000_000;

/** Header, entry, and the lists of an entry. */
const maxDepth = 3;

export const metadataKey = '__metadata__';

/**
 * Reads the JSON header of a safetensors file.
 * @param dataLength bytes that follow the header.
 * @throws FormatError naming file, tensor, value and limit; as the reference implementation does,
 * bytes that belong to no tensor or to two are refused.
 */
export function parseHeader(file: string, text: string, dataLength: number): SafetensorsHeader {
  const fields = parseJson(file, text);
  const tensors: TensorEntry[] = [];
  const ranges = new Map<string, StoredRange>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of fields) {
    if (name === metadataKey) {
      metadata = readMetadata(file, value);
      continue;
    }
    const { tensor, range } = readEntry(file, name, value, dataLength);
    tensors.push(tensor);
    ranges.set(name, range);
  }
  requireContiguous(file, ranges, dataLength);
  return { tensors, ranges, metadata };
}

function parseJson(file: string, text: string): [name: string, value: unknown][] {
  const what = `"${file}": the header`;
  const names = scanJsonKeys(text, { what, file, depth: maxDepth, keys: maxKeys });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(
      `${what} is not valid JSON (${reason.slice(0, 120)}); the file is damaged or not a safetensors file.`,
      { file },
      { cause: error },
    );
  }
  if (!isObject(parsed)) {
    throw new FormatError(`${what} is not a JSON object; this is not a safetensors file.`, {
      file,
    });
  }
  const header = parsed;
  return names.map((name) => [name, header[name]]);
}

function readMetadata(file: string, value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) {
    throw new FormatError(`"${file}": ${metadataKey} is not a JSON object; the file is damaged.`, {
      file,
    });
  }
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== 'string') {
      throw new FormatError(
        `"${file}": the value of "${key}" in ${metadataKey} is not a string, as the format wants it.`,
        { file, value: key },
      );
    }
    return [key, text];
  });
  return Object.fromEntries(entries);
}

function readEntry(
  file: string,
  name: string,
  value: unknown,
  dataLength: number,
): { tensor: TensorEntry; range: StoredRange } {
  const fail = (reason: string, details: { value?: string | number; limit?: number } = {}) =>
    new FormatError(`"${file}": tensor "${name}" ${reason}; the file is damaged.`, {
      file,
      tensor: name,
      ...details,
    });
  if (/\p{Surrogate}/u.test(name)) {
    throw fail('has a name that is not valid Unicode');
  }
  if (!isObject(value)) {
    throw fail('is not described by a JSON object');
  }
  const storedDtype = value.dtype;
  if (typeof storedDtype !== 'string') {
    throw fail('has no dtype');
  }
  const checked = checkShape(value.shape);
  if (typeof checked === 'string') {
    throw fail(`has a shape that ${checked}`);
  }
  const range = readOffsets(value.data_offsets, dataLength);
  if (typeof range === 'string') {
    throw fail(range, { limit: dataLength });
  }
  const stored = safetensorsDTypes.get(storedDtype);
  const bytes = range.end - range.begin;
  const bits = stored && checked.count * stored.bits;
  if (bits !== undefined && bits !== bytes * 8) {
    throw fail(
      `has ${bytes} bytes, but ${checked.shape.join(' × ') || 'a scalar'} of ${storedDtype} takes ${bits / 8}`,
      { value: bytes, limit: bits / 8 },
    );
  }
  const problem = stored?.dtype === undefined ? unreadable(storedDtype, stored) : undefined;
  const tensor: TensorEntry = {
    name,
    shape: checked.shape,
    dtype: stored?.dtype,
    storedDtype,
    parameters: checked.count,
    bytes,
    ...(problem === undefined ? {} : { problem }),
  };
  return { tensor, range };
}

function readOffsets(value: unknown, dataLength: number): StoredRange | string {
  if (!Array.isArray(value) || value.length !== 2) {
    return 'has data_offsets that are not two numbers';
  }
  const [begin, end] = value as readonly unknown[];
  if (!isOffset(begin) || !isOffset(end)) {
    return 'has data_offsets that are not non-negative whole numbers';
  }
  if (begin > end) {
    return `ends at byte ${end}, before its begin at byte ${begin}`;
  }
  if (end > dataLength) {
    return `ends at byte ${end}, but only ${dataLength} bytes of data follow the header (is the file truncated?)`;
  }
  return { begin, end };
}

function unreadable(storedDtype: string, stored: StoredDType | undefined): string {
  return stored
    ? `The type ${storedDtype} is listed but cannot be computed with; the tensor is left as it is.`
    : `The type "${storedDtype}" is unknown; the tensor is left as it is.`;
}

/** The ranges, in the order of their begins, must follow each other from byte 0 to the last. */
function requireContiguous(
  file: string,
  ranges: ReadonlyMap<string, StoredRange>,
  dataLength: number,
): void {
  const sorted = [...ranges].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let reached = 0;
  let previous: string | undefined;
  for (const [name, { begin, end }] of sorted) {
    if (begin < reached) {
      throw new FormatError(
        `"${file}": tensor "${name}" starts at byte ${begin}, inside tensor "${previous}" that ends at byte ${reached}; the file is damaged.`,
        { file, tensor: name, value: begin, limit: reached },
      );
    }
    if (begin > reached) {
      throw unclaimed(file, reached, begin);
    }
    reached = end;
    previous = name;
  }
  if (reached < dataLength) {
    throw unclaimed(file, reached, dataLength);
  }
}

function unclaimed(file: string, from: number, to: number): FormatError {
  return new FormatError(
    `"${file}": the data bytes ${from} to ${to} belong to no tensor, which the format forbids; the file is damaged.`,
    { file, value: from, limit: to },
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOffset(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
