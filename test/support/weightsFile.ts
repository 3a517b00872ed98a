import { readFileSync, writeFileSync } from 'node:fs';

/** The tensors of a small f32 .safetensors file, read without the product's reader. */
export function readWeights(path: string): Map<string, { shape: number[]; values: Float32Array }> {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, { shape: number[]; values: Float32Array }>();
  for (const [name, { dtype, shape, data_offsets: range }] of Object.entries(header)) {
    if (name === '__metadata__') {
      continue;
    }
    if (dtype !== 'F32') {
      throw new Error(`${name} is ${dtype}, not F32`);
    }
    const [start, end] = range.map((offset) => 8 + length + offset);
    // Copied, because a Float32Array needs an offset that four divides.
    const values = new Float32Array(Uint8Array.from(bytes.subarray(start, end)).buffer);
    tensors.set(name, { shape, values });
  }
  return tensors;
}

/** Writes f32 weights that no decomposition can do much about: uniform noise, always the same. */
export function writeNoise(
  path: string,
  shapes: Readonly<Record<string, readonly number[]>>,
): void {
  const header: Record<string, unknown> = {};
  const parts: Buffer[] = [];
  let offset = 0;
  let state = 1;
  for (const [name, shape] of Object.entries(shapes)) {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let index = 0; index < values.length; index++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      values[index] = state / 2 ** 31 - 1;
    }
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    parts.push(Buffer.from(values.buffer));
    offset += values.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  writeFileSync(path, Buffer.concat([length, json, ...parts]));
}

/** Norm of the difference of two tensors over the norm of the first. */
export function relativeDifference(exact: Float32Array, approximate: Float32Array): number {
  let difference = 0;
  let norm = 0;
  exact.forEach((value, index) => {
    difference += (value - approximate[index]) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference / norm);
}
