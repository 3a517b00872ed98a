import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

export interface TestServer {
  /** `http://127.0.0.1:<port>/` */
  readonly url: string;
  /** What was asked for, with the range. */
  readonly requests: readonly { method: string; path: string; range?: string }[];
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const open = new Set<() => Promise<void>>();

afterEach(async () => {
  await Promise.all([...open].map((close) => close()));
  open.clear();
});

/** A web server on this machine, gone after the test. */
export async function serve(handler: Handler): Promise<TestServer> {
  const requests: { method: string; path: string; range?: string }[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    requests.push({ method, path, ...(headers.range && { range: headers.range }) });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.add(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

/** Serves files by path, with ranges, as file hosts do. */
export function files(content: Readonly<Record<string, Buffer | string>>): Handler {
  return (request, response) => {
    const found = content[decodeURIComponent(request.url ?? '')];
    if (found === undefined) {
      response.writeHead(404).end();
      return;
    }
    const body = Buffer.from(found);
    const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    if (from !== undefined && Number(from) >= body.length) {
      response.writeHead(416).end();
    } else if (from !== undefined) {
      const part = body.subarray(Number(from));
      response.writeHead(206, {
        'content-length': part.length,
        'content-range': `bytes ${from}-${body.length - 1}/${body.length}`,
      });
      response.end(part);
    } else {
      response.writeHead(200, { 'content-length': body.length });
      response.end(request.method === 'HEAD' ? undefined : body);
    }
  };
}
