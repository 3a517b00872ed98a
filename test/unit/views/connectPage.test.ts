import { describe, expect, it } from 'vitest';
import type { Rpc } from '../../../src/protocol/rpc';
import { connectToHost } from '../../../src/protocol/webviewSession';
import { connectPage } from '../../../src/views/connectPage';

interface Host {
  life(params: Record<string, never>): number;
  wait(params: Record<string, never>): void;
}

interface Events {
  told: string;
}

type Listener = (message: unknown) => void;

/** A webview whose messages take a turn of the event loop, as JSON, in both directions. */
function createWebview() {
  const atHost = new Set<Listener>();
  const atPage = new Set<Listener>();
  const deliver = (to: Set<Listener>, message: unknown) => {
    const copy: unknown = JSON.parse(JSON.stringify(message));
    setImmediate(() => to.forEach((listener) => listener(copy)));
  };
  const subscribe = (to: Set<Listener>, listener: Listener) => {
    to.add(listener);
    return { dispose: () => void to.delete(listener) };
  };
  return {
    webview: {
      postMessage: (message: unknown) => {
        deliver(atPage, message);
        return Promise.resolve(true);
      },
      onDidReceiveMessage: (listener: Listener) => subscribe(atHost, listener),
    },
    page: {
      post: (message: unknown) => deliver(atHost, message),
      onMessage: (listener: Listener) => subscribe(atPage, listener),
    },
    /** What a page leaves behind when it is hidden. */
    forget: () => atPage.clear(),
  };
}

function connect() {
  const { forget, page, webview } = createWebview();
  const lives: Rpc[] = [];
  const aborted: number[] = [];
  const connection = connectPage(
    webview,
    (rpc) => {
      const life = lives.push(rpc);
      rpc.serve<Host>({
        life: () => life,
        wait: (_, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              aborted.push(life);
              // Too late: the answer would have the number of another life's call.
              resolve();
            });
          }),
      });
    },
    () => {},
  );
  const open = (told: string[] = []) =>
    connectToHost<Host, Events>(page, { told: (text) => told.push(text) });
  return { aborted, connection, forget, lives, open };
}

describe('connectPage', () => {
  it('answers a page and tells it events', async () => {
    const { lives, open } = connect();
    const told: string[] = [];
    const page = open(told);
    expect(await page.life({})).toBe(1);
    lives[0]?.emit<Events, 'told'>('told', 'news');
    await page.life({});
    expect(told).toEqual(['news']);
  });

  it('starts anew with each life of the page and aborts the calls of the last one', async () => {
    const { aborted, forget, open } = connect();
    const first = open();
    await first.life({});
    let answered = false;
    void first.wait({}).then(
      () => (answered = true),
      () => {},
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    forget();
    const second = open();
    expect(await second.life({})).toBe(2);
    expect(aborted).toEqual([1]);
    expect(answered).toBe(false);
  });

  it('keeps answers to a former life from the calls of the next', async () => {
    const { open } = connect();
    const first = open();
    void first.wait({}).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    // The first call of the second life has the number that `wait` had.
    const second = open();
    expect(await second.life({})).toBe(2);
  });

  it('aborts what is under way when the view is closed', async () => {
    const { aborted, connection, open } = connect();
    void open()
      .wait({})
      .catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    connection.dispose();
    expect(aborted).toEqual([1]);
  });
});
