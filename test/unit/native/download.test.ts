import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CancelledError, FileError } from '../../../src/failures';
import { download, ChecksumError } from '../../../src/native/download';
import type { Checksum } from '../../../src/native/recipes';
import { files, serve } from '../../support/httpServer';
import { temporaryFolder } from '../../support/temporaryFolder';

const content = Buffer.from('0123456789'.repeat(50_000));

function sha256(bytes: Buffer): Checksum {
  return { algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') };
}

function placeAt(url: string): { url: string; headers: Record<string, string> } {
  return { url: `${url}file`, headers: {} };
}

describe('download', () => {
  it('fetches, checks and reports', async () => {
    const server = await serve(files({ '/file': content }));
    const target = join(temporaryFolder(), 'below', 'file');
    const seen: number[] = [];
    await download({
      place: placeAt(server.url),
      target,
      checksum: sha256(content),
      report: (bytes, total) => {
        seen.push(bytes);
        expect(total).toBe(content.length);
      },
    });
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(seen.at(-1)).toBe(content.length);
    expect(existsSync(`${target}.part`)).toBe(false);
  });

  it('asks for nothing when the file is there and whole', async () => {
    const server = await serve(files({ '/file': content }));
    const target = join(temporaryFolder(), 'file');
    writeFileSync(target, content);
    await download({ place: placeAt(server.url), target, checksum: sha256(content) });
    expect(server.requests).toEqual([]);
  });

  it('goes on where an earlier run stopped', async () => {
    const server = await serve(files({ '/file': content }));
    const target = join(temporaryFolder(), 'file');
    writeFileSync(`${target}.part`, content.subarray(0, 1234));
    await download({ place: placeAt(server.url), target, checksum: sha256(content) });
    expect(server.requests).toEqual([{ method: 'GET', path: '/file', range: 'bytes=1234-' }]);
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  it('takes a part that has all bytes for the file', async () => {
    const server = await serve(files({ '/file': content }));
    const target = join(temporaryFolder(), 'file');
    writeFileSync(`${target}.part`, content);
    await download({ place: placeAt(server.url), target, checksum: sha256(content) });
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  it('starts again from nothing when the part was one of another file', async () => {
    const server = await serve(files({ '/file': content }));
    const target = join(temporaryFolder(), 'file');
    writeFileSync(`${target}.part`, Buffer.alloc(1000, 'x'));
    await download({ place: placeAt(server.url), target, checksum: sha256(content) });
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  it('starts from the beginning at a host without ranges', async () => {
    const server = await serve((_, response) => response.end(content));
    const target = join(temporaryFolder(), 'file');
    writeFileSync(`${target}.part`, content.subarray(0, 999));
    await download({ place: placeAt(server.url), target, checksum: sha256(content) });
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  it('takes up a connection that breaks off, with what has arrived', async () => {
    let broken = 0;
    const whole = files({ '/file': content });
    const server = await serve((request, response) => {
      if (broken++ < 2) {
        const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
        const status = from === 0 ? 200 : 206;
        response.writeHead(status, {
          'content-length': content.length - from,
          'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
        });
        response.write(content.subarray(from, from + 100_000), () => response.destroy());
        return;
      }
      whole(request, response);
    });
    const target = join(temporaryFolder(), 'file');
    await download({
      place: placeAt(server.url),
      target,
      checksum: sha256(content),
      pauseMs: 1,
    });
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(server.requests.length).toBe(3);
    expect(server.requests[2].range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('keeps what has arrived when the connection is lost for good', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 100_000), () => response.destroy());
    });
    const folder = temporaryFolder();
    const target = join(folder, 'file');
    const promise = download({
      place: placeAt(server.url),
      target,
      checksum: sha256(content),
      attempts: 1,
    });
    await expect(promise).rejects.toThrow(FileError);
    await expect(promise).rejects.toThrow(/What has arrived is kept; try again/);
    expect(readdirSync(folder)).toEqual(['file.part']);
  });

  it('counts a connection without bytes as lost', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write('first');
    });
    const promise = download({
      place: placeAt(server.url),
      target: join(temporaryFolder(), 'file'),
      attempts: 1,
      stallMs: 50,
    });
    await expect(promise).rejects.toThrow(FileError);
  });

  it('keeps nothing of a file that is not the one expected', async () => {
    const server = await serve(files({ '/file': 'a login page' }));
    const folder = temporaryFolder();
    const promise = download({
      place: placeAt(server.url),
      target: join(folder, 'file'),
      checksum: sha256(content),
    });
    await expect(promise).rejects.toThrow(ChecksumError);
    await expect(promise).rejects.toThrow(/is not the file it should be: its sha256 is not/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('compares with the checksum that the host states when none is pinned', async () => {
    const md5 = (text: string) => createHash('md5').update(text).digest('base64');
    const server = await serve((_, response) => {
      response.setHeader('x-goog-hash', `crc32c=AAAAAA==, md5=${md5('other')}`);
      response.end('content');
    });
    const promise = download({
      place: placeAt(server.url),
      target: join(temporaryFolder(), 'file'),
    });
    await expect(promise).rejects.toThrow(/its md5 is not/);
  });

  it('leaves nothing when it is cancelled', async () => {
    const stop = new AbortController();
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 100_000));
    });
    const folder = temporaryFolder();
    const promise = download({
      place: placeAt(server.url),
      target: join(folder, 'file'),
      signal: stop.signal,
      report: () => stop.abort(),
    });
    await expect(promise).rejects.toThrow(CancelledError);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not ask again for what is refused, and names the status', async () => {
    const server = await serve((_, response) => response.writeHead(403).end());
    const promise = download({
      place: placeAt(server.url),
      target: join(temporaryFolder(), 'file'),
    });
    await expect(promise).rejects.toThrow(/\/file answers with status 403/);
    expect(server.requests.length).toBe(1);
  });
});
