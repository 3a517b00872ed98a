import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CancelledError, FileError } from '../failures';
import type { Checksum } from './recipes';
import { reasonOf, shown, type Place } from './sources';

export interface Download {
  readonly place: Place;
  /** Where the file is to lie; `.part` beside it while it is not whole. */
  readonly target: string;
  /** Left out: what the host says of its file is compared. */
  readonly checksum?: Checksum;
  readonly signal?: AbortSignal;
  /** Bytes there are, and bytes in all where that is known. */
  readonly report?: (bytes: number, total: number | undefined) => void;
  readonly attempts?: number;
  /** Without a byte for so long, the connection counts as lost. */
  readonly stallMs?: number;
  /** Before the second attempt; doubled each time. */
  readonly pauseMs?: number;
}

/**
 * Downloads a file and checks it. What an earlier run left of it is taken up, and a lost connection
 * too. When cancelled, nothing stays; when the connection is lost for good, the part stays for the
 * next run. @throws FileError, CancelledError
 */
export async function download(options: Download): Promise<void> {
  const { target, signal, attempts = 5, pauseMs = 1000 } = options;
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  if (options.checksum && (await hasChecksum(target, options.checksum))) {
    return;
  }
  try {
    let wrongOnce = false;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      try {
        const published = await fetchInto(part, options);
        const expected = options.checksum ?? published;
        if (!expected || (await hasChecksum(part, expected))) {
          await rename(part, target);
          return;
        }
        await rm(part, { force: true });
        // Most often an old part of another file: once more from the start.
        if (wrongOnce) {
          throw new ChecksumError(options.place.url, expected);
        }
        wrongOnce = true;
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof FileError || attempt >= attempts) {
          throw error instanceof FileError ? error : lost(options.place.url, error);
        }
        await pause(pauseMs * 2 ** (attempt - 1), signal);
      }
    }
  } catch (error) {
    if (signal?.aborted) {
      await rm(part, { force: true });
      throw new CancelledError();
    }
    throw error;
  }
}

/** What arrived is not what was expected, twice; nothing of it is kept. */
export class ChecksumError extends FileError {
  constructor(url: string, { algorithm, hex }: Checksum) {
    super(
      `${shown(url)} is not the file it should be: its ${algorithm} is not ${hex}. ` +
        'It was deleted; the network may have changed it on its way.',
      { value: hex },
    );
  }
}

async function fetchInto(part: string, options: Download): Promise<Checksum | undefined> {
  const { place, signal, report, stallMs = 30_000 } = options;
  const had = await stat(part).then(
    ({ size }) => size,
    () => 0,
  );
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), stallMs);
  const stop = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
  try {
    const response = await fetch(place.url, {
      headers: {
        ...place.headers,
        // Compressed on the way, a range would be one of other bytes.
        'accept-encoding': 'identity',
        ...(had > 0 && { range: `bytes=${had}-` }),
      },
      signal: stop,
    });
    if (response.status === 416) {
      // The part has all bytes, or too many; the checksum tells.
      await response.body?.cancel();
      return publishedChecksum(response);
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw statusError(place.url, response.status);
    }
    const isContinued =
      response.status === 206 &&
      response.headers.get('content-range')?.startsWith(`bytes ${had}-`) === true;
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    let bytes = isContinued ? had : 0;
    const total = Number.isFinite(length) ? bytes + length : undefined;
    const handle = await open(part, isContinued ? 'a' : 'w');
    try {
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(), stallMs);
        await handle.write(chunk as Uint8Array);
        bytes += (chunk as Uint8Array).length;
        report?.(bytes, total);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (total !== undefined && bytes < total) {
      throw new Error(`the connection ended after ${bytes} of ${total} bytes`);
    }
    return publishedChecksum(response);
  } finally {
    clearTimeout(timer);
  }
}

/** Google's storage says in `x-goog-hash` what it has. */
function publishedChecksum(response: Response): Checksum | undefined {
  const base64 = /\bmd5=([\w+/=]+)/.exec(response.headers.get('x-goog-hash') ?? '')?.[1];
  return base64
    ? { algorithm: 'md5', hex: Buffer.from(base64, 'base64').toString('hex') }
    : undefined;
}

async function hasChecksum(path: string, { algorithm, hex }: Checksum): Promise<boolean> {
  const hash = createHash(algorithm);
  try {
    await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return false;
    }
    throw error;
  }
  return hash.digest('hex') === hex;
}

/** What a server refuses for good is not asked for again; 5xx and 429 are. */
function statusError(url: string, status: number): Error {
  const message = `${shown(url)} answers with status ${status}`;
  return status >= 500 || status === 429
    ? new Error(message)
    : new FileError(`${message}.`, { value: status });
}

function lost(url: string, cause: unknown): FileError {
  return new FileError(
    `The download from ${new URL(url).host} failed: ${reasonOf(cause)}. What has arrived is kept; ` +
      'try again to go on from there.',
    {},
    { cause },
  );
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(new CancelledError());
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}
