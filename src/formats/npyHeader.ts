import { dtypes, type DType } from '../engine/tensor/dtype';
import { FormatError, UnsupportedError } from '../failures';
import { parsePythonLiteral, type PythonLiteral } from './pythonLiteral';
import { checkShape } from './shapes';

/** What the header of a .npy array says. */
export interface NpyHeader {
  readonly shape: readonly number[];
  readonly count: number;
  readonly dtype: DType | undefined;
  /** As the file writes it, e.g. `<f4`. */
  readonly storedDtype: string;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  /** Bytes of magic, lengths and header; the data follow. */
  readonly dataOffset: number;
  /** Bytes of one element; undefined for objects and structures. */
  readonly itemSize: number | undefined;
  readonly problem?: string;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Magic, version, and the longer of the two header lengths. */
export const npyPrefixLength = 12;

/** The longest header read: NumPy itself distrusts anything over 10 000 characters. */
export const maxNpyHeaderLength = 2 ** 20;

export function hasNpyMagic(head: Uint8Array): boolean {
  return magic.every((byte, i) => head[i] === byte);
}

/**
 * How many bytes the header takes with everything before it, from its first
 * {@link npyPrefixLength} bytes (or all there are).
 * @throws FormatError naming `what`.
 */
export function npyDataOffset(prefix: Uint8Array, what: string, file: string): number {
  if (!hasNpyMagic(prefix)) {
    throw new FormatError(
      `${what} does not begin with the mark of a .npy array; it is damaged or something else.`,
      { file },
    );
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const version = prefix[6] ?? 0;
  const lengthBytes = version === 1 ? 2 : 4;
  if (prefix.byteLength < 8 + lengthBytes) {
    throw new FormatError(
      `${what} ends within the .npy header, after ${prefix.byteLength} bytes; it is truncated.`,
      { file, value: prefix.byteLength },
    );
  }
  if (version < 1 || version > 3 || prefix[7] !== 0) {
    throw new UnsupportedError(
      `${what} is of .npy version ${version}.${prefix[7]}, and only 1.0, 2.0 and 3.0 are known; save it again with a current NumPy.`,
      { file, value: `${version}.${prefix[7]}` },
    );
  }
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maxNpyHeaderLength) {
    throw new FormatError(
      `${what} states a .npy header of ${length} bytes, more than the ${maxNpyHeaderLength} allowed; it is damaged.`,
      { file, value: length, limit: maxNpyHeaderLength },
    );
  }
  return 8 + lengthBytes + length;
}

/**
 * Reads a .npy header (NEP 1; versions 1.0, 2.0, 3.0).
 * @param bytes everything before the data, as long as {@link npyDataOffset} says.
 * @throws FormatError naming `what`; a type that cannot be read gives a `problem` instead.
 */
export function parseNpyHeader(bytes: Uint8Array, what: string, file: string): NpyHeader {
  const version = bytes[6];
  const text = decodeHeader(bytes.subarray(version === 1 ? 10 : 12), version === 3, what, file);
  const fields = parseDict(text, what, file);
  const descr = fields.get('descr');
  const fortranOrder = fields.get('fortran_order');
  const checked = checkShape(fields.get('shape'));
  if (descr === undefined || typeof fortranOrder !== 'boolean' || fields.size !== 3) {
    throw new FormatError(
      `${what} has a .npy header without exactly 'descr', 'fortran_order' and 'shape'; it is damaged.`,
      { file },
    );
  }
  if (typeof checked === 'string') {
    throw new FormatError(`${what} has a shape that ${checked}; it is damaged.`, { file });
  }
  return {
    ...checked,
    ...describeType(descr, what, file),
    fortranOrder,
    dataOffset: bytes.byteLength,
  };
}

function decodeHeader(bytes: Uint8Array, isUtf8: boolean, what: string, file: string): string {
  try {
    return new TextDecoder(isUtf8 ? 'utf-8' : 'latin1', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new FormatError(
      `${what} has a .npy header that is not valid UTF-8; it is damaged.`,
      { file },
      { cause: error },
    );
  }
}

function parseDict(text: string, what: string, file: string): ReadonlyMap<string, PythonLiteral> {
  let value: PythonLiteral;
  try {
    value = parsePythonLiteral(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(
      `${what} has a .npy header that is not a Python dictionary (${reason}); it is damaged.`,
      { file },
      { cause: error },
    );
  }
  if (!(value instanceof Map)) {
    throw new FormatError(`${what} has a .npy header that is not a dictionary; it is damaged.`, {
      file,
    });
  }
  return value;
}

const npyTypes: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['f8', 'float64'],
  ['f4', 'float32'],
  ['f2', 'float16'],
  ['i8', 'int64'],
  ['i4', 'int32'],
  ['i2', 'int16'],
  ['i1', 'int8'],
  ['u8', 'uint64'],
  ['u4', 'uint32'],
  ['u2', 'uint16'],
  ['u1', 'uint8'],
  ['b1', 'bool'],
]);

/** Kinds of element that are listed but not read, by the letter NumPy gives them. */
const unreadableKinds: Readonly<Record<string, string>> = {
  f: 'it holds floating-point numbers of a width that only some machines have',
  c: 'it holds complex numbers',
  S: 'it holds text',
  U: 'it holds text',
  M: 'it holds dates',
  m: 'it holds durations',
  V: 'it holds raw bytes without a type (bfloat16 arrays are saved this way); save it as float32',
};

type TypeDescription = Pick<
  NpyHeader,
  'dtype' | 'storedDtype' | 'bigEndian' | 'itemSize' | 'problem'
>;

function describeType(descr: PythonLiteral, what: string, file: string): TypeDescription {
  if (typeof descr !== 'string') {
    if (!Array.isArray(descr)) {
      throw new FormatError(`${what} has a .npy header whose 'descr' is no type; it is damaged.`, {
        file,
      });
    }
    return unreadable('structured', undefined, 'it holds structures, not numbers; save one field');
  }
  const found = /^([<>|=])([a-zA-Z])(\d*)(\[.*\])?$/.exec(descr);
  if (!found) {
    throw new FormatError(
      `${what} has the type '${descr.slice(0, 40)}', which NumPy does not know; it is damaged.`,
      { file, value: descr.slice(0, 40) },
    );
  }
  const [, order = '|', kind = '', width = ''] = found;
  if (kind === 'O') {
    return unreadable(
      descr,
      undefined,
      'it holds Python objects (a pickle), which are never executed; save it as numbers',
    );
  }
  const dtype = npyTypes.get(kind + width);
  if (dtype !== undefined) {
    return {
      dtype,
      storedDtype: descr,
      bigEndian: order === '>' && dtypes[dtype].bytes > 1,
      itemSize: dtypes[dtype].bytes,
    };
  }
  const reason = unreadableKinds[kind];
  if (reason === undefined) {
    return unreadable(descr, undefined, `its type '${descr}' is unknown`);
  }
  return unreadable(descr, itemSizeOf(kind, Number(width)), reason);
}

/** Text in U is stored four bytes to the character; dates and durations always take eight. */
function itemSizeOf(kind: string, width: number): number {
  return kind === 'U' ? width * 4 : width;
}

function unreadable(
  storedDtype: string,
  itemSize: number | undefined,
  reason: string,
): TypeDescription {
  return {
    dtype: undefined,
    storedDtype,
    bigEndian: false,
    itemSize,
    problem: `This array cannot be read: ${reason}.`,
  };
}

/** The header of a C-order, little-endian array, padded as NumPy pads it. */
export function npyHeaderBytes(dtype: DType, shape: readonly number[]): Uint8Array {
  const descr = npyDescr(dtype);
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The data start at a multiple of 64 so that they can be mapped into memory aligned.
  const padded = (prefix: number) => Math.ceil((prefix + text.length + 1) / 64) * 64;
  const isShort = padded(10) - 10 <= 65535;
  const prefix = isShort ? 10 : 12;
  const bytes = new Uint8Array(padded(prefix)).fill(0x20);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  bytes.set([isShort ? 1 : 2, 0], 6);
  if (isShort) {
    view.setUint16(8, bytes.byteLength - prefix, true);
  } else {
    view.setUint32(8, bytes.byteLength - prefix, true);
  }
  bytes.set(new TextEncoder().encode(text), prefix);
  bytes[bytes.byteLength - 1] = 0x0a;
  return bytes;
}

/** @throws UnsupportedError for bfloat16, which NumPy does not have. */
function npyDescr(dtype: DType): string {
  for (const [name, known] of npyTypes) {
    if (known === dtype) {
      return `${dtypes[dtype].bytes === 1 ? '|' : '<'}${name}`;
    }
  }
  throw new UnsupportedError(
    `NumPy has no ${dtype}, so it cannot be written to a .npy or .npz file; write a .safetensors file.`,
    { value: dtype },
  );
}
