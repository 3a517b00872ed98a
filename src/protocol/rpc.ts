import {
  AbstractMessageReader,
  AbstractMessageWriter,
  CancellationTokenSource,
  createMessageConnection,
  Emitter,
  ErrorCodes,
  NotificationType,
  ParameterStructures,
  ProgressType,
  RequestType,
  ResponseError,
} from 'vscode-jsonrpc';
import type {
  CancellationStrategy,
  CancellationToken,
  DataCallback,
  Disposable,
  Message,
  MessageConnection,
  MessageReader,
  MessageWriter,
} from 'vscode-jsonrpc';
import { CancelledError, Failure, WorkerError, describeFailure, rebuildFailure } from '../failures';
import type { FailureData } from '../failures';

/**
 * Remote calls derived from an interface of method signatures (`EngineContract`,
 * `InspectorHost`, …). A method takes one object of parameters and, if it streams, a second
 * argument `(part) => void`. Every call settles: with the result, with the failure of the other
 * side rebuilt as its own class, or with the reason why the connection ended.
 *
 * The entry that uses this module installs the runtime of `vscode-jsonrpc` (`/node`, `/browser`).
 */
export type Contract<C> = { [M in keyof C]: (params: never, progress: never) => unknown };

type ArgumentsOf<C, M extends keyof C> = C[M] extends (...args: infer A) => unknown ? A : never;

export type ParamsOf<C, M extends keyof C> =
  ArgumentsOf<C, M> extends [infer Params, ...unknown[]] ? Params : never;

/** What the method streams while it runs; `never` when it does not. */
export type PartOf<C, M extends keyof C> =
  ArgumentsOf<C, M> extends [unknown, (part: infer Part) => void] ? Part : never;

export type ResultOf<C, M extends keyof C> = C[M] extends (...args: never[]) => infer R ? R : never;

export interface CallOptions<Part> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (part: Part) => void;
}

export type Client<C> = {
  readonly [M in keyof C]: (
    params: ParamsOf<C, M>,
    options?: CallOptions<PartOf<C, M>>,
  ) => Promise<ResultOf<C, M>>;
};

export interface CallContext<Part> {
  /** The caller's stop sign, to be polled; it can lie in shared memory and fires no event then. */
  readonly token: CancellationToken;
  /** Aborts when the caller cancels or the connection ends; not for shared memory. */
  readonly signal: AbortSignal;
  /** Sends a part to the caller; silent when the caller did not ask for progress. */
  readonly emit: (part: Part) => void;
}

export type Server<C> = {
  readonly [M in keyof C]: (
    params: ParamsOf<C, M>,
    context: CallContext<PartOf<C, M>>,
  ) => ResultOf<C, M> | Promise<ResultOf<C, M>>;
};

/** One handler for each event of an interface such as `InspectorPageEvents`. */
export type EventHandlers<E> = { readonly [K in keyof E]: (payload: E[K]) => void };

export interface Rpc {
  client<C extends Contract<C>>(): Client<C>;
  serve<C extends Contract<C>>(server: Server<C>): void;
  emit<E, K extends keyof E & string>(event: K, payload: E[K]): void;
  listen<E>(handlers: EventHandlers<E>): void;
  /** Rejects every open call, and every later one, with `reason`. */
  close(reason?: Failure): void;
}

export interface RpcOptions {
  readonly cancellation?: CancellationStrategy;
  /** Told of failures that no caller can be told of, such as a message that cannot be sent. */
  readonly onError?: (error: Error) => void;
}

interface Envelope {
  readonly params: unknown;
  readonly progress: number | undefined;
}

const progressType = new ProgressType<unknown>();
const requestType = (method: string) =>
  new RequestType<Envelope, unknown, FailureData>(method, ParameterStructures.byName);
const eventType = (event: string) =>
  new NotificationType<{ payload: unknown }>(`event/${event}`, ParameterStructures.byName);

/** Opens a connection; register servers and listeners in the same turn, messages wait for it. */
export function createRpc(
  reader: MessageReader,
  writer: MessageWriter,
  options: RpcOptions = {},
): Rpc {
  const connection = createMessageConnection(reader, writer, undefined, {
    cancellationStrategy: options.cancellation,
  });
  const answering = new Set<AbortController>();
  let progressTokens = 0;
  let ended: Failure | undefined;
  const onError = options.onError ?? (() => {});

  const close = (reason = new WorkerError('The connection was closed.')) => {
    ended ??= reason;
    connection.dispose();
    answering.forEach((controller) => controller.abort());
  };
  connection.onClose(() => close(new WorkerError('The other side closed the connection.')));
  connection.onError(([error]) => onError(error));
  connection.listen();

  const call = async (method: string, params: unknown, options: CallOptions<unknown> = {}) => {
    const progress = options.onProgress ? ++progressTokens : undefined;
    const listening = followProgress(connection, progress, options.onProgress);
    const source = new CancellationTokenSource();
    const stop = () => source.cancel();
    options.signal?.addEventListener('abort', stop);
    try {
      if (ended) {
        throw ended;
      }
      if (options.signal?.aborted) {
        throw new CancelledError();
      }
      const envelope: Envelope = { params, progress };
      const result = await connection.sendRequest(requestType(method), envelope, source.token);
      // JSON-RPC has no undefined, and no contract returns null.
      return result ?? undefined;
    } catch (thrown) {
      throw ended ?? fromWire(thrown);
    } finally {
      listening?.dispose();
      options.signal?.removeEventListener('abort', stop);
    }
  };

  return {
    client: <C extends Contract<C>>() => createClient<C>(call),
    serve: (server) => {
      for (const method of Object.keys(server)) {
        const handler = (server as unknown as UntypedServer)[method];
        if (handler) {
          connection.onRequest(requestType(method), (envelope, token) =>
            answer(handler, envelope, answering, token, (part) => {
              if (envelope.progress !== undefined && !ended) {
                connection.sendProgress(progressType, envelope.progress, part).catch(onError);
              }
            }),
          );
        }
      }
    },
    emit: (event, payload) => {
      if (!ended) {
        connection.sendNotification(eventType(event), { payload }).catch(onError);
      }
    },
    listen: (handlers) => {
      for (const [event, handler] of Object.entries<(payload: never) => void>(handlers)) {
        connection.onNotification(eventType(event), ({ payload }) => handler(payload as never));
      }
    },
    close,
  };
}

type Call = (method: string, params: unknown, options?: CallOptions<unknown>) => Promise<unknown>;
type UntypedServer = Readonly<
  Record<string, ((params: unknown, context: CallContext<unknown>) => unknown) | undefined>
>;

function createClient<C>(call: Call): Client<C> {
  // A method is whatever is asked for by name; `then` is left out so that a client can be awaited.
  return new Proxy({} as Client<C>, {
    get: (_, method) =>
      typeof method === 'string' && method !== 'then'
        ? (params: unknown, options?: CallOptions<unknown>) => call(method, params, options)
        : undefined,
  });
}

function followProgress(
  connection: MessageConnection,
  token: number | undefined,
  onProgress: ((part: unknown) => void) | undefined,
): Disposable | undefined {
  return token !== undefined && onProgress
    ? connection.onProgress(progressType, token, onProgress)
    : undefined;
}

async function answer(
  handler: (params: unknown, context: CallContext<unknown>) => unknown,
  envelope: Envelope,
  answering: Set<AbortController>,
  token: CancellationToken,
  emit: (part: unknown) => void,
): Promise<unknown> {
  const controller = new AbortController();
  answering.add(controller);
  const context: CallContext<unknown> = {
    token,
    emit,
    get signal() {
      // Asked for late: the event does not exist over shared memory.
      token.onCancellationRequested(() => controller.abort());
      return controller.signal;
    },
  };
  try {
    return await handler(envelope.params, context);
  } catch (thrown) {
    const failure = describeFailure(thrown);
    return new ResponseError(ErrorCodes.InternalError, failure.message, failure);
  } finally {
    answering.delete(controller);
  }
}

function fromWire(thrown: unknown): Failure {
  if (thrown instanceof Failure) {
    return thrown;
  }
  if (thrown instanceof ResponseError && isFailureData(thrown.data)) {
    return rebuildFailure(thrown.data);
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure('internal', `The call could not be made: ${message}`, {}, { cause: thrown });
}

function isFailureData(value: unknown): value is FailureData {
  return typeof value === 'object' && value !== null && 'kind' in value && 'message' in value;
}

/** The little that a webview, on either side of it, offers for sending and receiving. */
export interface MessageChannelLike {
  post(message: unknown): void;
  /** Calls `listener` for each message until the result is disposed. */
  onMessage(listener: (message: unknown) => void): Disposable;
}

/** Reads JSON-RPC messages that arrive as objects, and ignores whatever else arrives. */
export class ChannelReader extends AbstractMessageReader implements MessageReader {
  private readonly received = new Emitter<Message>();
  private readonly subscription: Disposable;

  constructor(channel: MessageChannelLike) {
    super();
    this.subscription = channel.onMessage((message) => {
      if (isMessage(message)) {
        this.received.fire(message);
      }
    });
  }

  listen(callback: DataCallback): Disposable {
    return this.received.event(callback);
  }

  override dispose(): void {
    this.subscription.dispose();
    this.received.dispose();
    super.dispose();
  }
}

export class ChannelWriter extends AbstractMessageWriter implements MessageWriter {
  constructor(private readonly channel: MessageChannelLike) {
    super();
  }

  write(message: Message): Promise<void> {
    try {
      this.channel.post(message);
      return Promise.resolve();
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.fireError(error, message);
      return Promise.reject(error);
    }
  }

  end(): void {}
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'jsonrpc' in value;
}
