import 'vscode-jsonrpc/browser';
import { ChannelReader, ChannelWriter, createRpc } from './rpc';
import type { Client, Contract, EventHandlers, MessageChannelLike } from './rpc';
import { sessionChannel } from './webviewSession';

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
