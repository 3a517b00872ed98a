import type { MessageChannelLike } from './rpc';

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
