import type { FailureData } from '../src/protocol/choices';

/** What a signature of a contract takes, streams and answers. */
export type ParamsOf<F> = F extends (params: infer P, ...rest: never[]) => unknown ? P : never;
export type PartOf<F> = F extends (params: never, progress: (part: infer P) => void) => unknown
  ? P
  : never;
export type ResultOf<F> = F extends (...all: never[]) => infer R ? Awaited<R> : never;

export interface CallOptions<Part> {
  /** Aborting it cancels the call on the other side, which then rejects. */
  readonly signal?: AbortSignal;
  readonly onPart?: (part: Part) => void;
}

/** What a page sees of VS Code: calls, events, and a state that outlives a reload. */
export interface PageHost<Contract, Events, State> {
  call<M extends keyof Contract & string>(
    method: M,
    params: ParamsOf<Contract[M]>,
    options?: CallOptions<PartOf<Contract[M]>>,
  ): Promise<ResultOf<Contract[M]>>;
  on<E extends keyof Events & string>(event: E, listener: (value: Events[E]) => void): void;
  readState(): State | undefined;
  writeState(state: State): void;
}

/** A thrown value as something to show. Failures cross the boundary with their kind. */
export function failureOf(thrown: unknown): FailureData {
  if (thrown instanceof Error) {
    const { kind, details } = thrown as Partial<FailureData>;
    return {
      kind: kind ?? 'internal',
      message: thrown.message,
      details: details ?? {},
      ...(thrown.stack === undefined ? {} : { stack: thrown.stack }),
    };
  }
  return { kind: 'internal', message: String(thrown), details: {} };
}

export function isCancelled(thrown: unknown): boolean {
  return failureOf(thrown).kind === 'cancelled';
}
