import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FormatError } from '../failures';

export interface Unpacking {
  readonly archive: string;
  readonly folder: string;
  /** Where below `folder` a member goes; undefined leaves it out. */
  place(name: string): string | undefined;
  readonly signal?: AbortSignal;
  readonly report?: (bytes: number) => void;
}

const blockBytes = 512;
const types = { file: '0', oldFile: '\0', link: '2', longName: 'L', extended: 'x' } as const;

/** Unpacks chosen members of a `.tar.gz` (ustar, with the long names of GNU and pax). */
export async function unpackTar(options: Unpacking): Promise<void> {
  const { archive, folder, place, signal, report } = options;
  const input = createReadStream(archive, { highWaterMark: 2 ** 18, signal });
  const plain = createGunzip();
  input.once('error', (error) => plain.destroy(error));
  input.pipe(plain);
  const reader = new BlockReader(plain);
  let longName: string | undefined;
  let written = 0;
  try {
    for (;;) {
      const header = await reader.take(blockBytes);
      if (!header || header.every((byte) => byte === 0)) {
        return;
      }
      const size = Number.parseInt(text(header, 124, 12).trim() || '0', 8);
      if (!Number.isSafeInteger(size) || size < 0) {
        throw damaged(archive);
      }
      const type = String.fromCharCode(header[156]);
      const padding = (blockBytes - (size % blockBytes)) % blockBytes;
      if (type === types.longName || type === types.extended) {
        const data = await reader.take(size + padding);
        const value = data ? data.toString('utf8', 0, size) : '';
        longName = type === types.longName ? value.replace(/\0.*$/s, '') : pathOf(value);
        continue;
      }
      const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header, 345, 155) : '';
      const name = longName ?? (prefix === '' ? '' : `${prefix}/`) + text(header, 0, 100);
      longName = undefined;
      const relative = place(posix.normalize(name));
      const isFile = type === types.file || type === types.oldFile;
      if (relative === undefined || !(isFile || type === types.link)) {
        await reader.skip(size + padding);
        continue;
      }
      const target = inside(folder, relative, archive);
      await mkdir(dirname(target), { recursive: true });
      if (type === types.link) {
        const to = text(header, 157, 100);
        inside(folder, posix.join(posix.dirname(relative), to), archive);
        await symlink(to, target);
        continue;
      }
      const mode = Number.parseInt(text(header, 100, 8), 8) & 0o111 ? 0o755 : 0o644;
      await pipeline(
        Readable.from(reader.pieces(size)),
        createWriteStream(target, { mode, flags: 'wx' }),
        { signal },
      );
      await reader.skip(padding);
      written += size;
      report?.(written);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) {
      throw damaged(archive, error);
    }
    throw error;
  } finally {
    input.destroy();
    plain.destroy();
  }
}

/** The path below `folder`; a name that leads out of it is an attack. */
export function inside(folder: string, relative: string, archive: string): string {
  const normal = posix.normalize(relative);
  if (normal === '..' || normal.startsWith('../') || posix.isAbsolute(normal)) {
    throw new FormatError(`The archive ${archive} has a file outside of itself: ${relative}.`, {
      file: archive,
      value: relative,
    });
  }
  return join(folder, ...normal.split('/'));
}

/** Takes bytes from a stream in pieces of the length asked for. */
class BlockReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.chunks = stream[Symbol.asyncIterator]();
  }

  /** Undefined at the end of the stream. */
  async take(length: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    for await (const piece of this.pieces(length, true)) {
      pieces.push(piece);
    }
    const all = Buffer.concat(pieces);
    return all.length < length ? undefined : all;
  }

  async skip(length: number): Promise<void> {
    const pieces = this.pieces(length);
    while (!(await pieces.next()).done) {
      // Nothing is wanted of it.
    }
  }

  async *pieces(length: number, mayEnd = false): AsyncGenerator<Buffer> {
    let left = length;
    while (left > 0) {
      if (this.rest.length === 0) {
        const { value, done } = (await this.chunks.next()) as IteratorResult<Buffer, undefined>;
        if (done) {
          if (mayEnd) {
            return;
          }
          throw new FormatError('The archive is cut off.');
        }
        this.rest = value;
      }
      const piece = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
}

function text(block: Buffer, from: number, length: number): string {
  return block.toString('utf8', from, from + length).replace(/\0.*$/s, '');
}

/** The path of a pax header: lines "length key=value". */
function pathOf(header: string): string | undefined {
  return /^\d+ path=(.*)$/m.exec(header)?.[1];
}

function damaged(archive: string, cause?: unknown): FormatError {
  return new FormatError(`The archive ${archive} is damaged.`, { file: archive }, { cause });
}
