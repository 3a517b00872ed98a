import { crc32 } from 'node:zlib';
import { FormatError, UnsupportedError, UsageError, type FailureDetails } from '../../../failures';
import { packBits, unpackBits } from './bits';
import type { Network } from './network';
import type { Cell, ParameterLayout } from './parameters';
import { positionCode, type PositionCode } from './positionCode';
import {
  decodeNumbers,
  encodeNumbers,
  foldingPays,
  networkOfNumbers,
  numbersToStore,
  numberTypes,
  storedBytes,
  storedCount,
  type NumberType,
} from './storedNetwork';

/** The `.neukron` file; docs/format-neukron.md specifies it. */

const magic = [0x4e, 0x45, 0x55, 0x4b, 0x52, 0x4f, 0x4e, 0x01];
const cells: readonly Cell[] = ['lstm', 'gru'];
const fixedHeader = 12;
const partHeader = 16;
const mostModes = 255;

const hasOrders = 1;
const isFoldedFlag = 2;
const hasSigns = 4;

/** A network that generates a tensor, or the positive or the negative part of one. */
export interface Part {
  readonly network: Network;
  /** s of x~ = s y. */
  readonly scale: number;
  /** Of the indices of each coded mode; undefined where the file has no orders. */
  readonly positions?: readonly Uint32Array[];
}

/** What a file holds. With two parts the tensor is the first less the second. */
export interface Artefact {
  readonly dims: readonly number[];
  readonly code: PositionCode;
  readonly parts: readonly Part[];
  /** For each nonzero in row-major order whether it is negative. */
  readonly signs?: Uint8Array;
}

/** A part to be written. */
export interface TrainedPart {
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  readonly scale: number;
  /** Of all padded indices, or of the indices alone. */
  readonly positions: readonly Uint32Array[];
}

export interface ArtefactOptions {
  /** 'float32'. */
  readonly type?: NumberType;
  /** Whether positions keep their identity. Two parts always store theirs. */
  readonly withOrders: boolean;
  readonly signs?: Uint8Array;
}

/**
 * The bytes of a file. The same parts give the same bytes.
 * @throws UsageError for more than 255 modes.
 */
export function writeArtefact(
  dims: readonly number[],
  parts: readonly TrainedPart[],
  { type = 'float32', withOrders, signs }: ArtefactOptions,
): Uint8Array {
  const code = positionCode(dims);
  const { cell, hidden } = parts[0].layout;
  const isFolded = foldingPays(code, cell, hidden);
  const storesOrders = withOrders || parts.length > 1;
  const flags =
    (storesOrders ? hasOrders : 0) | (isFolded ? isFoldedFlag : 0) | (signs ? hasSigns : 0);
  if (dims.length > mostModes) {
    throw new UsageError(`A .neukron file takes at most ${mostModes} modes, not ${dims.length}.`, {
      value: dims.length,
      limit: mostModes,
    });
  }
  const header = new Uint8Array(fixedHeader + 4 * dims.length);
  header.set([...magic, parts.length, numberTypes.indexOf(type), flags, dims.length]);
  const view = new DataView(header.buffer);
  dims.forEach((size, axis) => view.setUint32(fixedHeader + 4 * axis, size, true));
  const pieces: Uint8Array[] = [header];
  for (const part of parts) {
    const numbers = numbersToStore(code, part.layout, part.parameters, isFolded);
    pieces.push(partBytes(part, numbers.length), encodeNumbers(numbers, type));
    if (storesOrders) {
      part.positions.forEach((positions, mode) =>
        pieces.push(packBits(positions.subarray(0, dims[code.axes[mode]]), code.bits[mode])),
      );
    }
  }
  if (signs) {
    const count = new Uint8Array(4);
    new DataView(count.buffer).setUint32(0, signs.length, true);
    pieces.push(count, packBits(signs, 1));
  }
  return withChecksum(pieces);
}

function partBytes({ layout, scale }: TrainedPart, count: number): Uint8Array {
  const bytes = new Uint8Array(partHeader);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, cells.indexOf(layout.cell));
  view.setUint16(2, layout.hidden, true);
  view.setUint32(4, count, true);
  view.setFloat64(8, scale, true);
  return bytes;
}

function withChecksum(pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bytes = new Uint8Array(length + 4);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  new DataView(bytes.buffer).setUint32(at, crc32(bytes.subarray(0, at)), true);
  return bytes;
}

/**
 * Reads a file; every number in it is checked.
 * @param file its name, for messages.
 * @throws FormatError for bytes that are no such file or were changed, UnsupportedError for a newer one.
 */
export function readArtefact(bytes: Uint8Array, file?: string): Artefact {
  const reader = new Reader(bytes, file);
  const start = reader.take(8, 'its first bytes');
  if (magic.slice(0, 7).some((byte, i) => start[i] !== byte)) {
    throw new FormatError(
      `${reader.subject} is not a .neukron file: it does not begin with NEUKRON.`,
      reader.details,
    );
  }
  if (start[7] !== 1) {
    throw new UnsupportedError(
      `${reader.subject} is of version ${start[7]}; this version of TensorPress reads version 1.`,
      { ...reader.details, value: start[7], limit: 1 },
    );
  }
  reader.requireChecksum();
  const [partCount, typeNumber, flags, modes] = reader.take(4, 'its header');
  reader.require(partCount === 1 || partCount === 2, `has ${partCount} parts, not 1 or 2`);
  reader.require(typeNumber < numberTypes.length, `has numbers of the unknown type ${typeNumber}`);
  reader.require(flags < 8, `has unknown flags (${flags})`);
  reader.require(modes >= 1 && modes <= mostModes, `has ${modes} modes`);
  const storesOrders = (flags & hasOrders) !== 0;
  reader.require(storesOrders || partCount === 1, 'has two parts and no orders that relate them');
  const dims = Array.from({ length: modes }, () => reader.word('its sizes'));
  reader.require(
    dims.every((size) => size >= 1),
    'has a size of 0',
  );
  const code = codeOf(reader, dims);
  const isFolded = (flags & isFoldedFlag) !== 0;
  const parts = Array.from({ length: partCount }, () =>
    readPart(reader, code, numberTypes[typeNumber], isFolded, storesOrders),
  );
  let signs: Uint8Array | undefined;
  if (flags & hasSigns) {
    const count = reader.word('its signs');
    signs = Uint8Array.from(unpackBits(reader.take(Math.ceil(count / 8), 'its signs'), count, 1));
  }
  reader.require(reader.left === 4, `has ${reader.left - 4} bytes too many`);
  return { dims, code, parts, signs };
}

function codeOf(reader: Reader, dims: readonly number[]): PositionCode {
  try {
    return positionCode(dims);
  } catch (cause) {
    throw new FormatError(
      `${reader.subject} has the sizes ${dims.join(' x ')}, which NeuKron cannot code.`,
      reader.details,
      { cause },
    );
  }
}

function readPart(
  reader: Reader,
  code: PositionCode,
  type: NumberType,
  isFolded: boolean,
  storesOrders: boolean,
): Part {
  const header = reader.take(partHeader, 'a part');
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const cell = cells[view.getUint8(0)];
  const hidden = view.getUint16(2, true);
  const count = view.getUint32(4, true);
  const scale = view.getFloat64(8, true);
  reader.require(cell !== undefined, `has a network of the unknown kind ${view.getUint8(0)}`);
  reader.require(view.getUint8(1) === 0, 'has a reserved byte that is not 0');
  reader.require(hidden >= 1 && hidden <= 512, `has ${hidden} hidden units`);
  reader.require(Number.isFinite(scale) && scale >= 0, `has the scale ${scale}`);
  const expected = storedCount(code, cell, hidden, isFolded);
  reader.require(count === expected, `has ${count} numbers where ${expected} belong`);
  const numbers = decodeNumbers(reader.take(storedBytes(count, type), 'its numbers'), type);
  reader.require(
    numbers.every((value) => Number.isFinite(value)),
    'has numbers that are not finite',
  );
  const network = networkOfNumbers(code, cell, hidden, numbers, isFolded);
  if (!storesOrders) {
    return { network, scale };
  }
  const positions = code.axes.map((axis, mode) => {
    const size = code.dims[axis];
    const bits = code.bits[mode];
    const packed = reader.take(Math.ceil((size * bits) / 8), 'its orders');
    const order = unpackBits(packed, size, bits);
    const taken = new Uint8Array(2 ** bits);
    for (const position of order) {
      reader.require(taken[position] === 0, `puts two indices of mode ${axis + 1} at one position`);
      taken[position] = 1;
    }
    return order;
  });
  return { network, scale, positions };
}

/** Bytes from the front, never beyond the checksum; every defect is a FormatError naming the file. */
class Reader {
  /** What messages are about. */
  readonly subject: string;
  readonly details: FailureDetails;
  private at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    file?: string,
  ) {
    this.subject = file === undefined ? 'The file' : `"${file}"`;
    this.details = file === undefined ? {} : { file };
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** @throws FormatError. */
  require(isSound: boolean, defect: string): void {
    if (!isSound) {
      throw new FormatError(`${this.subject} ${defect}; write the file again.`, this.details);
    }
  }

  requireChecksum(): void {
    const { bytes } = this;
    const end = bytes.length - 4;
    this.require(end >= fixedHeader, 'ends in its header');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isSound = view.getUint32(end, true) === crc32(bytes.subarray(0, end));
    this.require(isSound, 'was changed or cut off: its checksum does not fit');
  }

  take(count: number, what: string): Uint8Array {
    this.require(count <= this.left - (this.at === 0 ? 0 : 4), `ends in ${what}`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  word(what: string): number {
    const bytes = this.take(4, what);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  }
}
