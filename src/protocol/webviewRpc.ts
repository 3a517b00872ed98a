import 'vscode-jsonrpc/browser';
import { ChannelReader, ChannelWriter, createRpc } from './rpc';
import type { Client, Contract, EventHandlers, MessageChannelLike } from './rpc';

/**
 * The page's end of the connection to the extension host: `H` is what the page may ask
 * (`InspectorHost`), `E` what it is told (`InspectorPageEvents`). The page passes
 * `{ post: (m) => vscode.postMessage(m), onMessage: (listener) => … window 'message' … }`.
 */
export function connectToHost<H extends Contract<H>, E>(
  channel: MessageChannelLike,
  events: EventHandlers<E>,
): Client<H> {
  const rpc = createRpc(new ChannelReader(channel), new ChannelWriter(channel));
  rpc.listen<E>(events);
  return rpc.client<H>();
}
