import { ChannelReader, ChannelWriter, createRpc } from './rpc';
import type { Client, Contract, EventHandlers, MessageChannelLike } from './rpc';

/**
 * What travels between host and page. A page that is hidden and shown again starts from nothing,
 * and its calls count from 0 again; the session keeps answers to its former life away from it.
 */
interface SessionMessage {
  readonly session: string;
  readonly message: unknown;
}

/** The part of `channel` that belongs to `session`. */
export function sessionChannel(channel: MessageChannelLike, session: string): MessageChannelLike {
  return {
    post: (message) => channel.post({ session, message } satisfies SessionMessage),
    onMessage: (listener) =>
      channel.onMessage((received) => {
        if (isSessionMessage(received) && received.session === session) {
          listener(received.message);
        }
      }),
  };
}

export function isSessionMessage(value: unknown): value is SessionMessage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'session' in value &&
    typeof value.session === 'string' &&
    'message' in value
  );
}

/**
 * The page's end of the connection to the extension host: `H` is what the page may ask
 * (`InspectorHost`), `E` what it is told (`InspectorPageEvents`). The page passes
 * `{ post: (m) => vscode.postMessage(m), onMessage: (listener) => … window 'message' … }`.
 */
export function connectToHost<H extends Contract<H>, E>(
  channel: MessageChannelLike,
  events: EventHandlers<E>,
): Client<H> {
  const session = `${Date.now()}-${Math.random()}`;
  const mine = sessionChannel(channel, session);
  const rpc = createRpc(new ChannelReader(mine), new ChannelWriter(mine));
  rpc.listen<E>(events);
  return rpc.client<H>();
}
