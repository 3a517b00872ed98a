import { describe, expect, test } from 'vitest';
import { dtypes, type DType } from '../../../src/engine/tensor/dtype';
import { FormatError, UnsupportedError } from '../../../src/failures';
import { decode, encode } from '../../../src/formats/tensorData';
import { stopAfter } from '../../support/stopAfter';
import { seededRandom } from './support';

const roundTrip = (values: readonly number[], dtype: DType) => [
  ...decode(encode(Float64Array.from(values), dtype), dtype),
];

/** Independent of the code under test: the value of a bit pattern, from its fields. */
function valueOf(bits: number, exponentBits: number, mantissaBits: number): number {
  const bias = 2 ** (exponentBits - 1) - 1;
  const sign = bits >> (exponentBits + mantissaBits) ? -1 : 1;
  const exponent = (bits >> mantissaBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
  if (exponent === 2 ** exponentBits - 1) {
    return fraction === 0 ? sign * Infinity : NaN;
  }
  return exponent === 0
    ? sign * fraction * 2 ** (1 - bias)
    : sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe.each([
  { dtype: 'float16', exponentBits: 5, mantissaBits: 10 },
  { dtype: 'bfloat16', exponentBits: 8, mantissaBits: 7 },
] as const)('$dtype', ({ dtype, exponentBits, mantissaBits }) => {
  const all = Float64Array.from({ length: 65536 }, (_, bits) =>
    valueOf(bits, exponentBits, mantissaBits),
  );
  const patterns = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const bitsOf = (values: readonly number[]) => [
    ...new Uint16Array(encode(Float64Array.from(values), dtype).buffer),
  ];

  test('decodes every bit pattern', () => {
    expect(decode(new Uint8Array(patterns.buffer), dtype)).toEqual(all);
  });

  test('encodes every value to its own bit pattern', () => {
    const encoded = new Uint16Array(encode(all, dtype).buffer);
    const wrong = patterns.filter((bits) =>
      Number.isNaN(all[bits]) ? !Number.isNaN(all[encoded[bits]]) : encoded[bits] !== bits,
    );
    expect([...wrong]).toEqual([]);
  });

  test('rounds to the nearest value, ties to even, straight from f64', () => {
    const infinity = (2 ** exponentBits - 1) << mantissaBits;
    for (let bits = 0; bits < infinity - 1; bits++) {
      const low = all[bits];
      const middle = (low + all[bits + 1]) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      // Neighbours of the tie that are not f32 values: rounding by way of f32 would get them wrong.
      const below = middle - middle * 2 ** -50;
      const above = middle + middle * 2 ** -50;
      const sign = 0x8000;
      expect(bitsOf([middle, below, above, -middle, -below, -above])).toEqual([
        even,
        bits,
        bits + 1,
        sign | even,
        sign | bits,
        sign | (bits + 1),
      ]);
    }
  });

  test('rounds from f32 as from f64', () => {
    const random = seededRandom(7);
    const values = Float32Array.from({ length: 10_000 }, () => (random() - 0.5) * 2 ** -6);
    expect(encode(values, dtype)).toEqual(encode(Float64Array.from(values), dtype));
  });

  test('overflows to infinity only from half a step beyond the largest value on', () => {
    const infinity = (2 ** exponentBits - 1) << mantissaBits;
    const largest = all[infinity - 1];
    const limit = largest + (largest - all[infinity - 2]) / 2;
    expect(bitsOf([limit * (1 - 2 ** -50), limit, 1e300, -Infinity])).toEqual([
      infinity - 1,
      infinity,
      infinity,
      0x8000 | infinity,
    ]);
  });

  test('keeps the sign of zero and underflows to it', () => {
    expect(bitsOf([0, -0, 1e-300, -1e-300])).toEqual([0, 0x8000, 0, 0x8000]);
  });
});

describe('integers', () => {
  test.each(
    (Object.keys(dtypes) as DType[]).filter((dtype) => !dtypes[dtype].isFloat && dtype !== 'bool'),
  )('%s keeps its limits and clamps beyond them', (dtype) => {
    const bits = BigInt(dtypes[dtype].bytes * 8);
    const unsigned = dtype.startsWith('u');
    const low = Number(unsigned ? 0n : -(2n ** (bits - 1n)));
    const high = Number(unsigned ? 2n ** bits - 1n : 2n ** (bits - 1n) - 1n);
    expect(roundTrip([low, high, 0, 5], dtype)).toEqual([low, high, 0, 5]);
    expect(roundTrip([-1e300, 1e300, -Infinity, Infinity], dtype)).toEqual([low, high, low, high]);
    expect(() => encode(Float64Array.of(NaN), dtype)).toThrow(UnsupportedError);
  });

  test('round to the nearest, ties to even', () => {
    expect(roundTrip([0.5, 1.5, 2.5, -0.5, -1.5, 1.4999, -1.6], 'int8')).toEqual([
      0, 2, 2, 0, -2, 1, -2,
    ]);
  });

  test('of 64 bits come as the nearest f64', () => {
    const random = seededRandom(3);
    const signed = BigInt64Array.from({ length: 2000 }, () =>
      BigInt.asIntN(
        64,
        (BigInt(Math.floor(random() * 2 ** 32)) << 32n) | BigInt(Math.floor(random() * 2 ** 32)),
      ),
    );
    expect(decode(new Uint8Array(signed.buffer), 'int64')).toEqual(
      Float64Array.from(signed, Number),
    );
    const unsigned = new BigUint64Array(signed.buffer);
    expect(decode(new Uint8Array(signed.buffer), 'uint64')).toEqual(
      Float64Array.from(unsigned, Number),
    );
  });
});

describe('decoding', () => {
  test('takes bytes at any offset', () => {
    const floats = encode(Float64Array.of(1.5, -2.25), 'float32');
    const shifted = new Uint8Array([0, ...floats]).subarray(1);
    expect([...decode(shifted, 'float32')]).toEqual([1.5, -2.25]);
  });

  test('keeps f32 and f64 as they are, and reads every non-zero byte as true', () => {
    expect(roundTrip([Math.PI, NaN, -Infinity], 'float64')).toEqual([Math.PI, NaN, -Infinity]);
    expect(roundTrip([Math.PI], 'float32')).toEqual([Math.fround(Math.PI)]);
    expect([...decode(new Uint8Array([0, 1, 255]), 'bool')]).toEqual([0, 1, 1]);
    expect(roundTrip([0, -0, 0.1, NaN], 'bool')).toEqual([0, 0, 1, 1]);
  });

  test('refuses a length that is not a whole number of elements', () => {
    expect(() => decode(new Uint8Array(7), 'float32')).toThrow(FormatError);
  });

  test('stops when cancelled', () => {
    const job = stopAfter(2);
    expect(() => decode(new Uint8Array(2 ** 23), 'float16', job)).toThrow('Cancelled.');
    expect(() => encode(new Float32Array(2 ** 22), 'float16', stopAfter(2))).toThrow('Cancelled.');
  });
});
