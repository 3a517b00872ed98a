import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import 'vscode-jsonrpc/node';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { CancelledError, FileError, WorkerError } from '../../../src/failures';
import type { ChoicesResult, EngineContract, ChoicesProgress } from '../../../src/protocol/engine';
import { ChannelReader, ChannelWriter, createRpc } from '../../../src/protocol/rpc';
import type {
  MessageChannelLike,
  ParamsOf,
  PartOf,
  ResultOf,
  Rpc,
  Server,
} from '../../../src/protocol/rpc';

interface Sums {
  add(params: { a: number; b: number }): number;
  count(params: { to: number }, progress: (part: number) => void): number;
  nothing(params: Record<string, never>): undefined;
  fail(params: { path: string }): void;
  trip(params: Record<string, never>): void;
  wait(params: Record<string, never>): void;
}

interface News {
  changed: { readonly version: number };
}

let ports: MessagePort[] = [];
let page: Rpc;
let host: Rpc;
let stopped: number;

const server: Server<Sums> = {
  add: ({ a, b }) => a + b,
  count: async ({ to }, { emit }) => {
    for (let i = 1; i <= to; i++) {
      emit(i);
      await Promise.resolve();
    }
    return to;
  },
  nothing: () => undefined,
  fail: ({ path }) => {
    throw new FileError(`${path}: no permission to read.`, { file: path, limit: 3 });
  },
  trip: () => {
    throw new TypeError('x is not a function');
  },
  wait: (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        stopped++;
        reject(new CancelledError());
      });
    }),
};

/** Structured clone between the two, as in a webview. */
function connect(): void {
  const { port1, port2 } = new MessageChannel();
  ports = [port1, port2];
  const channel = (port: MessagePort): MessageChannelLike => ({
    post: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.on('message', listener);
      return { dispose: () => void port.off('message', listener) };
    },
  });
  const open = (port: MessagePort) =>
    createRpc(new ChannelReader(channel(port)), new ChannelWriter(channel(port)));
  page = open(port1);
  host = open(port2);
  stopped = 0;
  host.serve<Sums>(server);
}

afterEach(() => {
  page.close();
  host.close();
  ports.forEach((port) => port.close());
});

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );

describe('rpc', () => {
  it('derives parameters, parts and results from the signatures', () => {
    expectTypeOf<ParamsOf<EngineContract, 'inspect'>>().toEqualTypeOf<{ path: string }>();
    expectTypeOf<PartOf<EngineContract, 'inspect'>>().toEqualTypeOf<never>();
    expectTypeOf<PartOf<EngineContract, 'choices'>>().toEqualTypeOf<ChoicesProgress>();
    expectTypeOf<ResultOf<EngineContract, 'choices'>>().toEqualTypeOf<ChoicesResult>();
    connect();
  });

  it('answers calls, each with its own result', async () => {
    connect();
    const sums = page.client<Sums>();
    const results = await Promise.all([sums.add({ a: 1, b: 2 }), sums.add({ a: 3, b: 4 })]);
    expect(results).toEqual([3, 7]);
  });

  it('keeps undefined undefined', async () => {
    connect();
    expect(await page.client<Sums>().nothing({})).toBeUndefined();
  });

  it('delivers all parts, in order, before the result', async () => {
    connect();
    const parts: number[] = [];
    const result = await page
      .client<Sums>()
      .count({ to: 5 }, { onProgress: (part) => parts.push(part) });
    expect(parts).toEqual([1, 2, 3, 4, 5]);
    expect(result).toBe(5);
  });

  it('rebuilds failures with class, message and details', async () => {
    connect();
    const reason = await reasonOf(page.client<Sums>().fail({ path: 'a.npz' }));
    expect(reason).toBeInstanceOf(FileError);
    expect(reason).toMatchObject({
      message: 'a.npz: no permission to read.',
      details: { file: 'a.npz', limit: 3 },
    });
  });

  it('marks an unforeseen error as internal and keeps its stack', async () => {
    connect();
    const reason = await reasonOf(page.client<Sums>().trip({}));
    expect(reason).toMatchObject({ kind: 'internal', message: 'x is not a function' });
    expect((reason as Error).stack).toContain('rpc.test.ts');
  });

  it('carries a cancellation to the other side', async () => {
    connect();
    const controller = new AbortController();
    const call = reasonOf(page.client<Sums>().wait({}, { signal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    expect(await call).toBeInstanceOf(CancelledError);
    expect(stopped).toBe(1);
  });

  it('does not make a call that was cancelled before', async () => {
    connect();
    const call = page.client<Sums>().wait({}, { signal: AbortSignal.abort() });
    expect(await reasonOf(call)).toBeInstanceOf(CancelledError);
    expect(stopped).toBe(0);
  });

  it('aborts what it is answering when the connection closes', async () => {
    connect();
    const open = reasonOf(page.client<Sums>().wait({}));
    await new Promise((resolve) => setTimeout(resolve, 20));
    host.close();
    expect(stopped).toBe(1);
    page.close();
    expect(await open).toBeInstanceOf(WorkerError);
  });

  it('rejects open and later calls with the reason for closing', async () => {
    connect();
    const sums = page.client<Sums>();
    const open = reasonOf(sums.wait({}));
    const reason = new WorkerError('The page was closed.');
    page.close(reason);
    expect(await open).toBe(reason);
    expect(await reasonOf(sums.add({ a: 1, b: 1 }))).toBe(reason);
  });

  it('rejects a call to a method that nobody serves', async () => {
    connect();
    const reason = await reasonOf(page.client<{ absent(params: object): void }>().absent({}));
    expect(reason).toMatchObject({ kind: 'internal' });
    expect((reason as Error).message).toContain('absent');
  });

  it('rejects a call whose parameters cannot be sent', async () => {
    connect();
    const client = page.client<{ add(params: { a: unknown }): number }>();
    expect(await reasonOf(client.add({ a: () => 1 }))).toMatchObject({ kind: 'internal' });
  });

  it('delivers events and ignores messages of others', async () => {
    connect();
    const versions: number[] = [];
    page.listen<News>({ changed: ({ version }) => versions.push(version) });
    ports[1]?.postMessage('not for us');
    host.emit<News, 'changed'>('changed', { version: 1 });
    host.emit<News, 'changed'>('changed', { version: 2 });
    await page.client<Sums>().add({ a: 0, b: 0 });
    expect(versions).toEqual([1, 2]);
  });
});
