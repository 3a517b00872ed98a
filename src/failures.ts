/**
 * The product's errors, one class per cause, so that every surface can say what to do about them.
 * They cross the worker boundary as {@link FailureData} and are rebuilt on the other side.
 */
export type FailureKind =
  'format' | 'unsupported' | 'cancelled' | 'memory' | 'file' | 'usage' | 'worker' | 'internal';

/** What a failure concerns: enough to name file, tensor, value and limit in one sentence. */
export interface FailureDetails {
  readonly file?: string;
  readonly tensor?: string;
  readonly value?: string | number;
  readonly limit?: string | number;
}

export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly details: FailureDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The bytes are not what the format allows; reading them again will not help. */
export class FormatError extends Failure {
  constructor(message: string, details?: FailureDetails, options?: ErrorOptions) {
    super('format', message, details, options);
  }
}

/** The bytes are legal, but this version does not handle what they hold. */
export class UnsupportedError extends Failure {
  constructor(message: string, details?: FailureDetails, options?: ErrorOptions) {
    super('unsupported', message, details, options);
  }
}

export class CancelledError extends Failure {
  constructor(message = 'Cancelled.') {
    super('cancelled', message);
  }
}

export class OutOfMemoryError extends Failure {
  constructor(message: string, details?: FailureDetails, options?: ErrorOptions) {
    super('memory', message, details, options);
  }
}

/** The file system refused: missing, no permission, no space, changed underfoot. */
export class FileError extends Failure {
  constructor(message: string, details?: FailureDetails, options?: ErrorOptions) {
    super('file', message, details, options);
  }
}

/** The caller asked for something that makes no sense (exit code 2 on the command line). */
export class UsageError extends Failure {
  constructor(message: string, details?: FailureDetails, options?: ErrorOptions) {
    super('usage', message, details, options);
  }
}

/** The engine's worker died; the message says why, and the next call starts a new one. */
export class WorkerError extends Failure {
  constructor(message: string, details?: FailureDetails, options?: ErrorOptions) {
    super('worker', message, details, options);
  }
}

export interface FailureData {
  readonly kind: FailureKind;
  readonly message: string;
  readonly details: FailureDetails;
  readonly stack?: string;
}

const constructors: Partial<
  Record<FailureKind, new (message: string, details?: FailureDetails) => Failure>
> = {
  format: FormatError,
  unsupported: UnsupportedError,
  memory: OutOfMemoryError,
  file: FileError,
  usage: UsageError,
  worker: WorkerError,
};

/** Describes any thrown value; an unknown one is an `internal` failure that keeps its stack. */
export function describeFailure(thrown: unknown): FailureData {
  if (thrown instanceof Failure) {
    return {
      kind: thrown.kind,
      message: thrown.message,
      details: thrown.details,
      stack: thrown.stack,
    };
  }
  if (thrown instanceof RangeError && /allocation|array (buffer|length)/i.test(thrown.message)) {
    return {
      kind: 'memory',
      message: `Not enough memory: ${thrown.message}`,
      details: {},
      stack: thrown.stack,
    };
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { kind: 'internal', message: error.message, details: {}, stack: error.stack };
}

/** The inverse of {@link describeFailure}. */
export function rebuildFailure(data: FailureData): Failure {
  if (data.kind === 'cancelled') {
    return new CancelledError(data.message);
  }
  const Constructor = constructors[data.kind];
  const failure = Constructor
    ? new Constructor(data.message, data.details)
    : new Failure(data.kind, data.message, data.details);
  if (data.stack) {
    failure.stack = data.stack;
  }
  return failure;
}

export function isCancelled(thrown: unknown): boolean {
  return thrown instanceof Failure && thrown.kind === 'cancelled';
}
