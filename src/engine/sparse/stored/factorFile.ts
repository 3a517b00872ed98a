import { FormatError } from '../../../failures';
import type { TensorEntry, TensorSource, WeightsFile } from '../../../formats/format';
import { writeSafetensors } from '../../../formats/safetensorsWriter';
import type { Job } from '../../job';
import { createMatrix, type Matrix } from '../../linalg/matrix';
import type { DType } from '../../tensor/dtype';
import { formatShape } from '../../tensor/tensor';
import { formatHeader, headerKey, type StoredHeader } from './header';

type Numbers = Float64Array | Float32Array | Uint32Array | Uint8Array;

/** A tensor of a file of factors; its type is that of its array. */
export interface Factor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Numbers;
}

function typeOf(data: Numbers): DType {
  if (data instanceof Float64Array) {
    return 'float64';
  }
  if (data instanceof Float32Array) {
    return 'float32';
  }
  return data instanceof Uint32Array ? 'uint32' : 'uint8';
}

/** The bytes of a file; the same header and factors give the same bytes. */
export async function factorFileBytes(
  header: StoredHeader,
  factors: readonly Factor[],
  job: Job,
): Promise<Uint8Array> {
  const tensors = factors.map(({ name, shape, data }): TensorSource => ({
    name,
    shape,
    dtype: typeOf(data),
    byteLength: data.byteLength,
    bytes: async () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  const pieces: Uint8Array[] = [];
  const sink = { write: async (bytes: Uint8Array) => void pieces.push(bytes) };
  await writeSafetensors(sink, tensors, { [headerKey]: formatHeader(header) }, job);
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** What a list of indices must be like. */
export interface IndexRule {
  /** Every index lies below. */
  readonly below: number;
  /** Each is larger than the one before it. */
  readonly ascending?: boolean;
}

/** Takes factors out of an open file by name and believes nothing: every defect is a FormatError. */
export class FactorReader {
  readonly name: string;
  private readonly entries: Map<string, TensorEntry>;
  private readonly taken = new Set<string>();

  constructor(
    private readonly file: WeightsFile,
    readonly job: Job,
  ) {
    this.name = file.name;
    this.entries = new Map(file.tensors.map((entry) => [entry.name, entry]));
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** @throws FormatError naming the file. */
  require(isSound: boolean, defect: string): asserts isSound {
    if (!isSound) {
      throw new FormatError(`"${this.name}" ${defect}; write the file again.`, {
        file: this.name,
      });
    }
  }

  /** The shape of a tensor of `order` modes. */
  shape(name: string, order: number): readonly number[] {
    const entry = this.entry(name);
    this.require(
      entry.shape.length === order,
      `has a tensor "${name}" of ${formatShape(entry.shape)}, which should have ${order} modes`,
    );
    return entry.shape;
  }

  /** Finite numbers of 8 bytes, or of 4 made into such. */
  async numbers(
    name: string,
    shape: readonly number[],
    type: 'float64' | 'float32' = 'float64',
  ): Promise<Float64Array> {
    const bytes = await this.bytes(name, shape, type);
    const values =
      type === 'float64'
        ? new Float64Array(bytes.buffer)
        : Float64Array.from(new Float32Array(bytes.buffer));
    this.require(values.every(Number.isFinite), `has numbers in "${name}" that are not finite`);
    return values;
  }

  async matrix(name: string, rows: number, columns: number): Promise<Matrix> {
    return createMatrix(rows, columns, await this.numbers(name, [rows, columns]));
  }

  /** Whole numbers of 4 bytes. */
  async indices(name: string, count: number, rule: IndexRule): Promise<Uint32Array> {
    const indices = new Uint32Array((await this.bytes(name, [count], 'uint32')).buffer);
    const { below, ascending = false } = rule;
    for (let at = 0; at < count; at++) {
      if (indices[at] >= below) {
        this.require(false, `has the index ${indices[at]} in "${name}", which allows ${below}`);
      }
      if (ascending && at > 0 && indices[at] <= indices[at - 1]) {
        this.require(false, `has indices in "${name}" that do not ascend`);
      }
    }
    return indices;
  }

  /** Bits packed into so many bytes. */
  packed(name: string, length: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.bytes(name, [length], 'uint8');
  }

  /** @throws FormatError when the file has a tensor that nobody took. */
  requireAllTaken(): void {
    const extra = [...this.entries.keys()].find((name) => !this.taken.has(name));
    this.require(extra === undefined, `has a tensor "${extra}" that its method does not know`);
  }

  private entry(name: string): TensorEntry {
    const entry = this.entries.get(name);
    this.require(entry !== undefined, `lacks the tensor "${name}"`);
    return entry;
  }

  private async bytes(
    name: string,
    shape: readonly number[],
    type: DType,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.entry(name);
    this.require(
      entry.dtype === type,
      `has a tensor "${name}" of type ${entry.storedDtype}, which should be ${type}`,
    );
    this.require(
      entry.shape.length === shape.length &&
        entry.shape.every((size, axis) => size === shape[axis]),
      `has a tensor "${name}" of ${formatShape(entry.shape)}, which should be ${formatShape(shape)}`,
    );
    this.taken.add(name);
    return this.file.readBytes(entry, this.job);
  }
}

/** Occupied slices of the modes that have empty ones, `places.0` and so on. */
export function placeFactors(places: readonly (Uint32Array | undefined)[]): Factor[] {
  return places.flatMap((data, mode) =>
    data ? [{ name: `places.${mode}`, shape: [data.length], data }] : [],
  );
}

/** The inverse of {@link placeFactors}, and the rows that the factor of each mode has. */
export async function readPlaces(
  reader: FactorReader,
  dims: readonly number[],
): Promise<{ readonly places: readonly (Uint32Array | undefined)[]; readonly sizes: number[] }> {
  const places: (Uint32Array | undefined)[] = [];
  for (const [mode, size] of dims.entries()) {
    const name = `places.${mode}`;
    if (!reader.has(name)) {
      places.push(undefined);
      continue;
    }
    const [count] = reader.shape(name, 1);
    places.push(await reader.indices(name, count, { below: size, ascending: true }));
  }
  return { places, sizes: dims.map((size, mode) => places[mode]?.length ?? size) };
}
