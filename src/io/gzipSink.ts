import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import type { ByteSink } from '../formats/format';

/**
 * Compresses what is written on its way to `sink`; `end` writes the rest. The same bytes give the same
 * file, which has neither a name nor a time in it.
 */
export function gzipSink(sink: ByteSink): ByteSink & { end(): Promise<void> } {
  const gzip = createGzip();
  let ready: Uint8Array[] = [];
  gzip.on('data', (chunk: Uint8Array) => ready.push(chunk));
  async function passOn(): Promise<void> {
    const chunks = ready;
    ready = [];
    for (const chunk of chunks) {
      await sink.write(chunk);
    }
  }
  return {
    async write(bytes) {
      await new Promise<void>((resolve, reject) =>
        gzip.write(bytes, (error) => (error ? reject(error) : resolve())),
      );
      await passOn();
    },
    async end() {
      const ended = once(gzip, 'end');
      gzip.end();
      await ended;
      await passOn();
    },
  };
}
