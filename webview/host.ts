import type { FailureData } from '../src/protocol/choices';
import type { Client, Contract, EventHandlers } from '../src/protocol/rpc';
import { connectToHost } from '../src/protocol/webviewRpc';

/** What a page sees of VS Code: calls `H`, events `E`, and a state `S` that outlives a reload. */
export interface PageHost<H, E, S> {
  connect(events: EventHandlers<E>): Client<H>;
  readState(): S | undefined;
  writeState(state: S): void;
}

interface WebviewApi<S> {
  postMessage(message: unknown): void;
  getState(): S | undefined;
  setState(state: S): void;
}

declare function acquireVsCodeApi<S>(): WebviewApi<S>;

/** The host behind this webview; can be taken once in the life of a page. */
export function openPageHost<H extends Contract<H>, E, S>(): PageHost<H, E, S> {
  const api = acquireVsCodeApi<S>();
  return {
    connect: (events) =>
      connectToHost<H, E>(
        {
          post: (message) => api.postMessage(message),
          onMessage: (listener) => {
            const receive = (event: MessageEvent<unknown>) => listener(event.data);
            window.addEventListener('message', receive);
            return { dispose: () => window.removeEventListener('message', receive) };
          },
        },
        events,
      ),
    readState: () => api.getState(),
    writeState: (state) => api.setState(state),
  };
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
