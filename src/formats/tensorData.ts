import { unattended, type Job } from '../engine/job';
import { dtypes, type DType } from '../engine/tensor/dtype';
import type { DenseTensor, FloatArray } from '../engine/tensor/tensor';
import { FormatError, OutOfMemoryError, UnsupportedError } from '../failures';
import type { TensorEntry, WeightsFile } from './format';
import { bfloat16Bits, bfloat16Values, float16Bits, float16Values } from './halfPrecision';

/**
 * Bytes are little-endian and so is every machine that VS Code and TensorFlow.js run on; typed
 * arrays over the stored bytes therefore need no swapping.
 */
const chunkLength = 2 ** 20;

/** Elements from which types of 32 bits and less are read as f32, to halve what they take. */
const singleFrom = 2 ** 24;

/**
 * The tensor, row-major, in f64, or a very large one of a floating-point type of 32 bits and less
 * in f32. Exact for every dtype but 64-bit integers beyond 2^53, which become the nearest f64.
 * @throws UnsupportedError when the tensor has a `problem`; FormatError, FileError as
 * `file.readBytes`; OutOfMemoryError.
 */
export async function readTensor(
  file: WeightsFile,
  entry: TensorEntry,
  job: Job = unattended,
): Promise<DenseTensor> {
  if (entry.dtype === undefined || entry.problem !== undefined) {
    throw new UnsupportedError(
      `"${file.name}": tensor "${entry.name}" cannot be read: ${entry.problem ?? `its type ${entry.storedDtype} is unknown`}`,
      { file: file.name, tensor: entry.name, value: entry.storedDtype },
    );
  }
  const bytes = await file.readBytes(entry, job);
  try {
    const { isFloat, bytes: itemSize } = dtypes[entry.dtype];
    const isSingle = isFloat && itemSize <= 4 && entry.parameters >= singleFrom;
    const data = isSingle ? decodeSingle(bytes, entry.dtype, job) : decode(bytes, entry.dtype, job);
    return { shape: entry.shape, data };
  } catch (error) {
    if (error instanceof RangeError) {
      throw new OutOfMemoryError(
        `"${file.name}": not enough memory for the ${entry.parameters} values of tensor "${entry.name}" in double precision; close other programs or use a machine with more memory.`,
        { file: file.name, tensor: entry.name, value: entry.parameters },
        { cause: error },
      );
    }
    throw error;
  }
}

/**
 * Little-endian bytes of `dtype` as f64; bool becomes 0 or 1. The result may share memory with
 * `bytes` when they are float64 already.
 * @throws FormatError when the length is not a multiple of the element size.
 */
export function decode(bytes: Uint8Array, dtype: DType, job: Job = unattended): Float64Array {
  if (dtype === 'float64') {
    const count = countItems(bytes, dtype);
    const { buffer, byteOffset } = aligned(bytes, dtypes[dtype].bytes);
    return new Float64Array(buffer, byteOffset, count);
  }
  return decodeInto(new Float64Array(countItems(bytes, dtype)), bytes, dtype, job);
}

/** As {@link decode}, in f32, which holds every value of float32, float16 and bfloat16 exactly. */
export function decodeSingle(bytes: Uint8Array, dtype: DType, job: Job = unattended): Float32Array {
  return dtype === 'float64'
    ? Float32Array.from(decode(bytes, dtype, job))
    : decodeInto(new Float32Array(countItems(bytes, dtype)), bytes, dtype, job);
}

function decodeInto<T extends FloatArray>(
  values: T,
  bytes: Uint8Array,
  dtype: Exclude<DType, 'float64'>,
  job: Job,
): T {
  const { buffer, byteOffset } = aligned(bytes, dtypes[dtype].bytes);
  const decodeChunk = decoders[dtype](buffer, byteOffset, values.length);
  for (let from = 0; from < values.length; from += chunkLength) {
    job.throwIfCancelled();
    decodeChunk(values, from, Math.min(from + chunkLength, values.length));
  }
  return values;
}

/** @throws FormatError when the length is not a multiple of the element size. */
function countItems(bytes: Uint8Array, dtype: DType): number {
  const itemSize = dtypes[dtype].bytes;
  if (bytes.byteLength % itemSize !== 0) {
    throw new FormatError(
      `${bytes.byteLength} bytes are not a whole number of ${dtype} values of ${itemSize} bytes.`,
      { value: bytes.byteLength, limit: itemSize },
    );
  }
  return bytes.byteLength / itemSize;
}

/**
 * `data` as little-endian bytes of `dtype`, rounded to the nearest value, ties to even. Floats
 * beyond the largest finite value become infinite; integers are clamped to their range; bool is
 * 1 for everything but 0.
 * @throws UnsupportedError when a NaN would have to become an integer.
 */
export function encode(
  data: FloatArray,
  dtype: DType,
  job: Job = unattended,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.length * dtypes[dtype].bytes);
  const encodeChunk = encoders[dtype](bytes.buffer, data);
  for (let from = 0; from < data.length; from += chunkLength) {
    job.throwIfCancelled();
    encodeChunk(from, Math.min(from + chunkLength, data.length));
  }
  return bytes;
}

/** A typed array needs its offset to be a multiple of its element size; anything else is copied. */
function aligned(
  bytes: Uint8Array,
  itemSize: number,
): { buffer: ArrayBufferLike; byteOffset: number } {
  if (bytes.byteOffset % itemSize === 0) {
    return { buffer: bytes.buffer, byteOffset: bytes.byteOffset };
  }
  return { buffer: new Uint8Array(bytes).buffer, byteOffset: 0 };
}

type ChunkDecoder = (values: FloatArray, from: number, to: number) => void;
type DecoderOf = (buffer: ArrayBufferLike, byteOffset: number, count: number) => ChunkDecoder;

type NumericArray =
  Float32Array | Int32Array | Int16Array | Int8Array | Uint32Array | Uint16Array | Uint8Array;

interface NumericArrayConstructor {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): NumericArray;
}

function plainDecoder(Stored: NumericArrayConstructor): DecoderOf {
  return (buffer, byteOffset, count) => {
    const stored = new Stored(buffer, byteOffset, count);
    return (values, from, to) => values.set(stored.subarray(from, to), from);
  };
}

function tableDecoder(valuesOfBits: () => Float32Array): DecoderOf {
  return (buffer, byteOffset, count) => {
    const stored = new Uint16Array(buffer, byteOffset, count);
    const table = valuesOfBits();
    return (values, from, to) => {
      for (let i = from; i < to; i++) {
        values[i] = table[stored[i]];
      }
    };
  };
}

/** high x 2^32 is exact, so the one rounding of the sum is the rounding of the integer itself. */
function wideDecoder(
  High: new (
    buffer: ArrayBufferLike,
    byteOffset: number,
    length: number,
  ) => Int32Array | Uint32Array,
): DecoderOf {
  return (buffer, byteOffset, count) => {
    const low = new Uint32Array(buffer, byteOffset, 2 * count);
    const high = new High(buffer, byteOffset, 2 * count);
    return (values, from, to) => {
      for (let i = from; i < to; i++) {
        values[i] = high[2 * i + 1] * 4294967296 + low[2 * i];
      }
    };
  };
}

const decoders: Readonly<Record<Exclude<DType, 'float64'>, DecoderOf>> = {
  float32: plainDecoder(Float32Array),
  float16: tableDecoder(float16Values),
  bfloat16: tableDecoder(bfloat16Values),
  int64: wideDecoder(Int32Array),
  uint64: wideDecoder(Uint32Array),
  int32: plainDecoder(Int32Array),
  int16: plainDecoder(Int16Array),
  int8: plainDecoder(Int8Array),
  uint32: plainDecoder(Uint32Array),
  uint16: plainDecoder(Uint16Array),
  uint8: plainDecoder(Uint8Array),
  bool: (buffer, byteOffset, count) => {
    const stored = new Uint8Array(buffer, byteOffset, count);
    return (values, from, to) => {
      for (let i = from; i < to; i++) {
        values[i] = stored[i] === 0 ? 0 : 1;
      }
    };
  },
};

type ChunkEncoder = (from: number, to: number) => void;
type EncoderOf = (buffer: ArrayBuffer, data: FloatArray) => ChunkEncoder;

function floatEncoder(Stored: typeof Float32Array | typeof Float64Array): EncoderOf {
  return (buffer, data) => {
    const stored = new Stored(buffer);
    return (from, to) => stored.set(data.subarray(from, to), from);
  };
}

function halfEncoder(write: typeof float16Bits): EncoderOf {
  return (buffer, data) => {
    const stored = new Uint16Array(buffer);
    return (from, to) => write(data.subarray(from, to), stored.subarray(from, to));
  };
}

function integerEncoder(
  dtype: DType,
  Stored: new (buffer: ArrayBuffer) => Exclude<NumericArray, Float32Array>,
  low: number,
  high: number,
): EncoderOf {
  return (buffer, data) => {
    const stored = new Stored(buffer);
    return (from, to) => {
      for (let i = from; i < to; i++) {
        stored[i] = roundToEven(clamp(data[i], low, high, dtype));
      }
    };
  };
}

function wideIntegerEncoder(
  dtype: DType,
  Stored: typeof BigInt64Array | typeof BigUint64Array,
  low: bigint,
  high: bigint,
): EncoderOf {
  return (buffer, data) => {
    const stored = new Stored(buffer);
    return (from, to) => {
      for (let i = from; i < to; i++) {
        // f64 rounds the limits outwards, so the last clamp is done among integers.
        const value = BigInt(roundToEven(clamp(data[i], Number(low), Number(high), dtype)));
        stored[i] = value > high ? high : value;
      }
    };
  };
}

const encoders: Readonly<Record<DType, EncoderOf>> = {
  float64: floatEncoder(Float64Array),
  float32: floatEncoder(Float32Array),
  float16: halfEncoder(float16Bits),
  bfloat16: halfEncoder(bfloat16Bits),
  int64: wideIntegerEncoder('int64', BigInt64Array, -(2n ** 63n), 2n ** 63n - 1n),
  uint64: wideIntegerEncoder('uint64', BigUint64Array, 0n, 2n ** 64n - 1n),
  int32: integerEncoder('int32', Int32Array, -2147483648, 2147483647),
  int16: integerEncoder('int16', Int16Array, -32768, 32767),
  int8: integerEncoder('int8', Int8Array, -128, 127),
  uint32: integerEncoder('uint32', Uint32Array, 0, 4294967295),
  uint16: integerEncoder('uint16', Uint16Array, 0, 65535),
  uint8: integerEncoder('uint8', Uint8Array, 0, 255),
  bool: (buffer, data) => {
    const stored = new Uint8Array(buffer);
    return (from, to) => {
      for (let i = from; i < to; i++) {
        stored[i] = data[i] === 0 ? 0 : 1;
      }
    };
  },
};

function clamp(value: number, low: number, high: number, dtype: DType): number {
  if (Number.isNaN(value)) {
    throw new UnsupportedError(
      `A NaN cannot be stored as ${dtype}; choose a floating-point type.`,
      {
        value: 'NaN',
        limit: dtype,
      },
    );
  }
  return Math.min(Math.max(value, low), high);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) {
    return floor % 2 === 0 ? floor : floor + 1;
  }
  return rest < 0.5 ? floor : floor + 1;
}
