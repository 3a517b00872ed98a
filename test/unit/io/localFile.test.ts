import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  openSync,
  closeSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  readdirSync,
} from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileError, FormatError } from '../../../src/failures';
import { openLocalFile } from '../../../src/io/localFile';
import { openMemoryFile } from '../../../src/io/memoryFile';
import { asOrdinaryUser } from './support';

let folder: string;
const at = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tensorpress-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function openSample(): Promise<Awaited<ReturnType<typeof openLocalFile>>> {
  writeFileSync(at('a.bin'), 'abcdefgh');
  // A time in the past, so that any later write is seen to change it.
  utimesSync(at('a.bin'), 1_000_000, 1_000_000);
  return openLocalFile(at('a.bin'));
}

describe('reading a local file', () => {
  test('reads exactly the range asked for, in a buffer of its own', async () => {
    const file = await openSample();
    expect([file.name, file.size]).toEqual(['a.bin', 8]);
    const bytes = await file.read(2, 3);
    expect(Buffer.from(bytes).toString()).toBe('cde');
    expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, 3]);
    expect(await file.read(8, 0)).toHaveLength(0);
    await file.close();
    await file.close();
    await expect(file.read(0, 1)).rejects.toThrow(FileError);
  });

  test.each([
    [0, 9],
    [9, 0],
    [-1, 2],
    [0, -1],
    [0.5, 1],
    [2 ** 53, 2 ** 53],
  ])('refuses %d + %d, which passes the end', async (offset, length) => {
    const file = await openSample();
    await expect(file.read(offset, length)).rejects.toThrow(FormatError);
    await expect(file.read(offset, length)).rejects.toThrow(/a\.bin.*ends at byte 8/);
    await file.close();
  });

  test('reads more than a gigabyte at once', { timeout: 120_000 }, async ({ skip }) => {
    skip(freemem() < 3 * 2 ** 30, 'takes a gigabyte of memory, and less than three are free');
    const size = 2 ** 30 + 10;
    writeFileSync(at('large.bin'), '');
    truncateSync(at('large.bin'), size);
    appendFileSync(at('large.bin'), 'end');
    const file = await openLocalFile(at('large.bin'));
    const bytes = await file.read(0, size + 3);
    expect(bytes.byteLength).toBe(size + 3);
    expect(Buffer.from(bytes.subarray(size)).toString()).toBe('end');
    await file.close();
  });
});

describe('a file that is changed while open', () => {
  const changes: readonly (readonly [string, () => void, RegExp])[] = [
    [
      'written to',
      () => writeFileSync(at('a.bin'), 'ABCDEFGH'),
      /changed on disk while it was open/,
    ],
    ['longer', () => appendFileSync(at('a.bin'), 'i'), /changed on disk/],
    ['shorter', () => truncateSync(at('a.bin'), 2), /changed on disk/],
    ['deleted', () => rmSync(at('a.bin')), /was deleted while it was open/],
    ['gone with its folder', () => rmSync(folder, { recursive: true }), /was deleted/],
    [
      'replaced by another',
      () => {
        writeFileSync(at('b.bin'), '12345678');
        renameSync(at('b.bin'), at('a.bin'));
      },
      /changed on disk/,
    ],
  ];
  test.each(changes)('is reported when it is %s', async (_, change, message) => {
    const file = await openSample();
    await file.read(0, 8);
    change();
    const failing = file.read(0, 8);
    await expect(failing).rejects.toThrow(FileError);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toThrow(/a\.bin.*run the command again/);
    await file.close();
  });
});

describe('a path that is no readable file', () => {
  test('is not created', async () => {
    await expect(openLocalFile(at('missing.bin'))).rejects.toThrow(FileError);
    await expect(openLocalFile(at('missing.bin'))).rejects.toThrow(/missing\.bin" does not exist/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is refused as a folder', async () => {
    await expect(openLocalFile(folder)).rejects.toThrow(FileError);
    await expect(openLocalFile(folder)).rejects.toThrow(/is a folder; give a file inside it/);
  });

  test('is refused when a part of it is a file', async () => {
    writeFileSync(at('a.bin'), '');
    await expect(openLocalFile(join(at('a.bin'), 'b.bin'))).rejects.toThrow(
      /is a file, not a folder/,
    );
  });

  test.skipIf(process.platform === 'win32')('is refused as a pipe, without waiting', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    await expect(openLocalFile(at('pipe'))).rejects.toThrow(/is a device or a pipe/);
  });

  test.skipIf(process.platform === 'win32')('is refused without permission', async () => {
    writeFileSync(at('secret.bin'), 'x');
    chmodSync(at('secret.bin'), 0);
    chmodSync(folder, 0o755);
    await asOrdinaryUser(async () => {
      await expect(openLocalFile(at('secret.bin'))).rejects.toThrow(FileError);
      await expect(openLocalFile(at('secret.bin'))).rejects.toThrow(/no permission/);
    });
  });

  test('does not leak open files', async () => {
    const next = () => {
      const descriptor = openSync(folder, 'r');
      closeSync(descriptor);
      return descriptor;
    };
    const before = next();
    for (let i = 0; i < 20; i++) {
      await expect(openLocalFile(folder)).rejects.toThrow();
    }
    expect(next()).toBe(before);
  });
});

describe('reading bytes in memory', () => {
  test('gives copies of the range, and refuses ranges beyond the end', async () => {
    const bytes = Buffer.from('abcd');
    const file = openMemoryFile(bytes, 'x.npy');
    const part = await file.read(1, 2);
    part[0] = 0;
    expect(bytes.toString()).toBe('abcd');
    expect([part.byteOffset, part.buffer.byteLength]).toEqual([0, 2]);
    await expect(file.read(3, 2)).rejects.toThrow(FormatError);
    await file.close();
  });
});
