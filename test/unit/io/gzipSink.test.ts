import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/engine/random';
import { gzipSink } from '../../../src/io/gzipSink';

describe('a sink that compresses', () => {
  it('passes on what unpacks to all that was written, in pieces of any size', async () => {
    const random = createRandom(3);
    const pieces = [0, 1, 70_000, 3, 2 ** 20].map((length) =>
      Uint8Array.from({ length }, () => Math.floor(256 * random.next())),
    );
    const written: Uint8Array[] = [];
    const sink = gzipSink({ write: async (bytes) => void written.push(bytes.slice()) });
    for (const piece of pieces) {
      await sink.write(piece);
    }
    await sink.end();
    expect(gunzipSync(Buffer.concat(written)).equals(Buffer.concat(pieces))).toBe(true);
  });

  it('tells what the sink behind it throws', async () => {
    const sink = gzipSink({ write: () => Promise.reject(new Error('no space')) });
    const all = (async () => {
      await sink.write(new Uint8Array(100));
      await sink.end();
    })();
    await expect(all).rejects.toThrow('no space');
  });
});
