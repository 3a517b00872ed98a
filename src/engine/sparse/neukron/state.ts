import { createHash } from 'node:crypto';
import { FormatError, UnsupportedError, UsageError } from '../../../failures';
import type { SparseTensor } from '../sparseTensor';
import { settingsOf, type NeuKronSettings } from './options';
import { parameterLayout } from './parameters';
import { positionCode } from './positionCode';
import type { Progress } from './trainer';

/** A run between two epochs: what a later one needs to go on as if it had never stopped. */
export interface NeuKronState {
  readonly settings: NeuKronSettings;
  readonly dims: readonly number[];
  /** SHA-256 of the tensor the run is about. */
  readonly fingerprint: string;
  readonly progress: Progress;
}

/** SHA-256 over sizes, coordinates and values. */
export function fingerprintOf(X: SparseTensor): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(X.dims));
  for (const array of [...X.indices, X.values]) {
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest('hex');
}

const magic = 'NEUKRON-STATE-2\n';
const digestBytes = 32;

/** What of a state is text. */
interface Header {
  readonly settings: Record<string, unknown>;
  readonly dims: readonly number[];
  readonly fingerprint: string;
  readonly epoch: number;
  readonly idle: number;
  readonly steps: number;
  readonly bestScale: number;
  readonly bestLoss: number;
}

/** The state as bytes, in this machine's byte order (states are for going on, not for exchange). */
export function serialiseState({
  settings,
  dims,
  fingerprint,
  progress,
}: NeuKronState): Uint8Array {
  const { order, gamma, ...plain } = settings;
  const header: Header = {
    settings: {
      ...plain,
      gamma: gamma === Infinity ? 'Infinity' : gamma,
      // Given positions are those of the state by now.
      order: typeof order === 'object' ? 'as-is' : order,
    },
    dims,
    fingerprint,
    epoch: progress.epoch,
    idle: progress.idle,
    steps: progress.adam.steps,
    bestScale: progress.best.scale,
    bestLoss: progress.best.loss,
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(new Uint32Array([json.length]).buffer);
  const pieces = [
    new TextEncoder().encode(magic),
    length,
    json,
    ...arraysOf(progress).map(bytesOf),
  ];
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bytes = new Uint8Array(size + digestBytes);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  bytes.set(createHash('sha256').update(bytes.subarray(0, at)).digest(), at);
  return bytes;
}

function arraysOf(progress: Progress): readonly (Float32Array | Float64Array | Uint32Array)[] {
  const { parameters, adam, positions, best } = progress;
  return [
    ...[parameters, adam.first, adam.second, best.parameters],
    ...positions,
    ...best.positions,
  ];
}

function bytesOf(array: Float32Array | Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The inverse of {@link serialiseState}. @throws FormatError, UnsupportedError for other bytes. */
export function parseState(bytes: Uint8Array): NeuKronState {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, magic.length));
  if (!start.startsWith('NEUKRON-STATE-')) {
    throw new FormatError('This is not the state of a NeuKron run.');
  }
  if (start !== magic) {
    throw new UnsupportedError('The state was written by another version; start the run anew.');
  }
  const end = bytes.length - digestBytes;
  const digest = createHash('sha256')
    .update(bytes.subarray(0, Math.max(0, end)))
    .digest();
  if (end < magic.length + 4 || !digest.equals(bytes.subarray(end))) {
    throw new FormatError('The state of the run was changed or cut off; use an earlier one.');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  const isLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  const length = view.getUint32(magic.length, isLittle);
  let at = magic.length + 4;
  const header = parseHeader(bytes.subarray(at, Math.min(end, at + length)));
  at += length;
  const code = positionCode(header.dims);
  const settings = settingsOf(header.settings);
  const { cell, hidden } = settings;
  const { count } = parameterLayout({ cell, hidden, modes: code.bits.length });
  const take = <T extends Float32Array | Float64Array | Uint32Array>(array: T): T => {
    if (at + array.byteLength > end) {
      throw new FormatError('The state of the run ends in its numbers; use an earlier one.');
    }
    bytesOf(array).set(bytes.subarray(at, at + array.byteLength));
    at += array.byteLength;
    return array;
  };
  const parameters = take(new Float32Array(count));
  const first = take(new Float64Array(count));
  const second = take(new Float64Array(count));
  const best = take(new Float32Array(count));
  const orders = (): Uint32Array[] => code.bits.map((bits) => take(new Uint32Array(2 ** bits)));
  const progress: Progress = {
    epoch: header.epoch,
    idle: header.idle,
    parameters,
    adam: { first, second, steps: header.steps },
    positions: orders(),
    best: {
      parameters: best,
      positions: orders(),
      scale: header.bestScale,
      loss: header.bestLoss,
    },
  };
  if (at !== end) {
    throw new FormatError('The state of the run has bytes too many; use an earlier one.');
  }
  return { settings, dims: header.dims, fingerprint: header.fingerprint, progress };
}

function parseHeader(bytes: Uint8Array): Header {
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes)) as Header;
    const gamma = header.settings.gamma;
    return {
      ...header,
      settings: { ...header.settings, gamma: gamma === 'Infinity' ? Infinity : gamma },
    };
  } catch (cause) {
    throw new FormatError('The state of the run has no legible header.', {}, { cause });
  }
}

/** A copy that a trainer may go on with. */
export function copyProgress(progress: Progress): Progress {
  const { adam, best } = progress;
  return {
    ...progress,
    parameters: progress.parameters.slice(),
    adam: { first: adam.first.slice(), second: adam.second.slice(), steps: adam.steps },
    positions: [...progress.positions],
    best: { ...best, parameters: best.parameters.slice(), positions: [...best.positions] },
  };
}

/** @throws UsageError when the state is of a run on another tensor. */
export function requireSameTensor(state: NeuKronState, X: SparseTensor): void {
  if (state.fingerprint !== fingerprintOf(X)) {
    throw new UsageError(
      'The state is of a run on another tensor; resume it with the file it was started on.',
    );
  }
}
