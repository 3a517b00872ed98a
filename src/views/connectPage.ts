import type { Disposable, Webview } from 'vscode';
import 'vscode-jsonrpc/node';
import { ChannelReader, ChannelWriter, createRpc } from '../protocol/rpc';
import type { MessageChannelLike, Rpc } from '../protocol/rpc';
import { isSessionMessage, sessionChannel } from '../protocol/webviewSession';

/**
 * Answers the page behind `webview`. A page lives anew whenever it is shown after having been
 * hidden; `open` is called for each of its lives, and the calls of the former ones are aborted.
 */
export function connectPage(
  webview: Pick<Webview, 'onDidReceiveMessage' | 'postMessage'>,
  open: (rpc: Rpc) => void,
  onError: (error: Error) => void,
): Disposable {
  let current: { readonly session: string; readonly rpc: Rpc } | undefined;
  const listeners = new Set<(message: unknown) => void>();
  const channel: MessageChannelLike = {
    post: (message) => void webview.postMessage(message),
    onMessage: (listener) => {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
  };
  const subscription = webview.onDidReceiveMessage((received: unknown) => {
    if (!isSessionMessage(received)) {
      return;
    }
    const { session } = received;
    if (current?.session !== session) {
      current?.rpc.close();
      const mine = sessionChannel(channel, session);
      const rpc = createRpc(new ChannelReader(mine), new ChannelWriter(mine), { onError });
      current = { session, rpc };
      open(rpc);
    }
    listeners.forEach((listener) => listener(received));
  });
  return {
    dispose: () => {
      subscription.dispose();
      current?.rpc.close();
      current = undefined;
    },
  };
}
