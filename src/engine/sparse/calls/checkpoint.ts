import { createHash } from 'node:crypto';
import { FormatError } from '../../../failures';
import type { TrainingStates } from '../methods';
import { parseState, serialiseState } from '../neukron';

/** Where a training stands, and how long it took to come there. */
export interface Standing {
  readonly states: TrainingStates;
  /** Pauses left out. */
  readonly elapsedMs: number;
}

interface Header {
  readonly training: string;
  readonly elapsedMs: number;
  /** Bytes of each state; null for one that is not there. */
  readonly states: readonly (number | null)[];
}

const magic = 'TENSORPRESS-TRAINING-1\n';
const digestBytes = 32;

/** The name of a training: SHA-256 of its tensor's fingerprint and its key. */
export function trainingId(fingerprint: string, key: string): string {
  return createHash('sha256').update(`${fingerprint}\n${key}`).digest('hex');
}

/** A line with what it is about, the states, and a SHA-256 of it all. */
export function checkpointBytes(training: string, { states, elapsedMs }: Standing): Uint8Array {
  const pieces = states.map((state) => state && serialiseState(state));
  const header: Header = {
    training,
    elapsedMs,
    states: pieces.map((piece) => piece?.length ?? null),
  };
  const content = Buffer.concat([
    Buffer.from(`${magic}${JSON.stringify(header)}\n`),
    ...pieces.filter((piece) => piece !== undefined),
  ]);
  return Buffer.concat([content, createHash('sha256').update(content).digest()]);
}

/**
 * The inverse of {@link checkpointBytes}.
 * @throws FormatError for bytes that were changed or cut off, or are of another training;
 * UnsupportedError for a state of another version.
 */
export function parseCheckpoint(bytes: Uint8Array, training: string): Standing {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (content.subarray(0, magic.length).toString('latin1') !== magic) {
    throw new FormatError('it is not the state of a training');
  }
  const end = content.length - digestBytes;
  const digest = createHash('sha256').update(content.subarray(0, Math.max(0, end)));
  if (end < magic.length || !digest.digest().equals(content.subarray(end))) {
    throw new FormatError('it was changed or cut off');
  }
  const line = content.indexOf('\n', magic.length);
  const header = JSON.parse(content.subarray(magic.length, line).toString()) as Header;
  if (header.training !== training) {
    throw new FormatError('it is of another training');
  }
  let at = line + 1;
  const states = header.states.map((length) => {
    if (length === null) {
      return undefined;
    }
    at += length;
    return parseState(content.subarray(at - length, at));
  });
  return { states, elapsedMs: header.elapsedMs };
}
