import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileError, FormatError, UsageError } from '../../../src/failures';
import { writeAtomically } from '../../../src/io/atomicWrite';
import { stopAfter } from '../../support/stopAfter';
import { asOrdinaryUser } from './support';

let folder: string;
const at = (name: string) => join(folder, name);
const target = (name = 'out.bin') => ({ path: at(name), temporary: at(`.${name}.tmp`) });
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tensorpress-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('writing atomically', () => {
  test('writes everything in order, and only then under the final name', async () => {
    await writeAtomically(target(), async (sink) => {
      await sink.write(bytes('one '));
      expect(readdirSync(folder)).toEqual(['.out.bin.tmp']);
      await sink.write(new Uint8Array());
      await sink.write(bytes('two'));
    });
    expect(readFileSync(at('out.bin'), 'utf8')).toBe('one two');
    expect(readdirSync(folder)).toEqual(['out.bin']);
  });

  test('replaces an existing target, and nothing else', async () => {
    writeFileSync(at('out.bin'), 'old');
    writeFileSync(at('neighbour.bin'), 'kept');
    await writeAtomically(target(), (sink) => sink.write(bytes('new')));
    expect(readFileSync(at('out.bin'), 'utf8')).toBe('new');
    expect(readFileSync(at('neighbour.bin'), 'utf8')).toBe('kept');
  });

  test('writes a piece larger than one call to the disk takes', async () => {
    const large = new Uint8Array(2 ** 25 * 2 + 5).fill(7);
    await writeAtomically(target(), (sink) => sink.write(large));
    expect(Buffer.compare(readFileSync(at('out.bin')), large)).toBe(0);
  });

  test.each([
    ['the writer fails', new FormatError('the source is damaged')],
    ['the writer throws something else', new TypeError('a mistake')],
  ])('leaves everything as it was when %s', async (_, error) => {
    writeFileSync(at('out.bin'), 'old');
    await expect(
      writeAtomically(target(), async (sink) => {
        await sink.write(bytes('half'));
        throw error;
      }),
    ).rejects.toBe(error);
    expect(readdirSync(folder)).toEqual(['out.bin']);
    expect(readFileSync(at('out.bin'), 'utf8')).toBe('old');
  });

  test.each([1, 2, 3, 4])('leaves nothing behind when cancelled at look %i', async (looks) => {
    const job = stopAfter(looks);
    const writing = writeAtomically(
      target(),
      async (sink) => {
        await sink.write(bytes('one'));
        await sink.write(bytes('two'));
      },
      job,
    );
    await expect(writing).rejects.toThrow('Cancelled.');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a target that cannot be written', () => {
  const writing = (name: string, source?: string) =>
    writeAtomically({ ...target(name), ...(source === undefined ? {} : { source }) }, (sink) =>
      sink.write(bytes('new')),
    );

  test('is refused when it is the source, under whatever name', async () => {
    writeFileSync(at('in.bin'), 'source');
    symlinkSync(at('in.bin'), at('symbolic.bin'));
    linkSync(at('in.bin'), at('hard.bin'));
    mkdirSync(at('sub'));
    for (const name of ['in.bin', 'symbolic.bin', 'hard.bin', 'sub/../in.bin']) {
      await expect(writing(name, at('in.bin'))).rejects.toThrow(UsageError);
      await expect(writing(name, at('in.bin'))).rejects.toThrow(/is the source file itself/);
    }
    await expect(writing('in.bin', at('symbolic.bin'))).rejects.toThrow(UsageError);
    expect(readFileSync(at('in.bin'), 'utf8')).toBe('source');
    expect(readdirSync(folder).sort()).toEqual(['hard.bin', 'in.bin', 'sub', 'symbolic.bin']);
  });

  test('is refused when it is a folder', async () => {
    mkdirSync(at('out.bin'));
    await expect(writing('out.bin')).rejects.toThrow(FileError);
    await expect(writing('out.bin')).rejects.toThrow(/is a folder; give a file name/);
    expect(readdirSync(folder)).toEqual(['out.bin']);
  });

  test('is refused when its folder is missing, or is a file', async () => {
    await expect(
      writeAtomically({ path: at('no/out.bin'), temporary: at('no/.out.tmp') }, async () => {}),
    ).rejects.toThrow(/the folder ".*no" does not exist; create it or choose another/);
    writeFileSync(at('file'), '');
    await expect(
      writeAtomically({ path: at('file/out.bin'), temporary: at('file/.out.tmp') }, async () => {}),
    ).rejects.toThrow(/file" is not a folder/);
  });

  test('is refused when the temporary file exists, which is left alone', async () => {
    writeFileSync(at('.out.bin.tmp'), 'of another run');
    await expect(writing('out.bin')).rejects.toThrow(/\.out\.bin\.tmp" exists already/);
    expect(readFileSync(at('.out.bin.tmp'), 'utf8')).toBe('of another run');
  });

  test.skipIf(process.platform === 'win32')('is refused without permission', async () => {
    mkdirSync(at('locked'));
    writeFileSync(at('protected.bin'), 'old');
    chmodSync(at('protected.bin'), 0o444);
    chmodSync(at('locked'), 0o555);
    chmodSync(folder, 0o777);
    await asOrdinaryUser(async () => {
      await expect(
        writeAtomically(
          { path: at('locked/out.bin'), temporary: at('locked/.out.tmp') },
          async () => {},
        ),
      ).rejects.toThrow(/no permission to write in ".*locked"; choose another folder/);
      await expect(writing('protected.bin')).rejects.toThrow(/write-protected/);
    });
    expect(readFileSync(at('protected.bin'), 'utf8')).toBe('old');
    expect(readdirSync(at('locked'))).toEqual([]);
  });
});

/** A disk of its own in memory; undefined where this may not be mounted. */
function mountSmallDisk(path: string, options: string): boolean {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) {
    return false;
  }
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a disk that refuses', () => {
  const mounted: string[] = [];
  afterEach(() => {
    for (const path of mounted.splice(0)) {
      execFileSync('umount', [path]);
    }
  });

  function smallDisk(options: string, skip: (reason: string) => void): string {
    const path = at('disk');
    mkdirSync(path);
    if (!mountSmallDisk(path, options)) {
      skip('mounting a small disk takes root on Linux');
    }
    mounted.push(path);
    return path;
  }

  test('is reported when it is full, and is left empty', async ({ skip }) => {
    const disk = smallDisk('size=256k', skip);
    writeFileSync(join(disk, 'out.bin'), 'old');
    const writing = writeAtomically(
      { path: join(disk, 'out.bin'), temporary: join(disk, '.out.tmp') },
      async (sink) => {
        for (let i = 0; i < 10; i++) {
          await sink.write(new Uint8Array(100_000));
        }
      },
    );
    await expect(writing).rejects.toThrow(FileError);
    await expect(writing).rejects.toThrow(
      /out\.bin" was not written: the disk is full; free some space or choose another folder/,
    );
    expect(readdirSync(disk)).toEqual(['out.bin']);
    expect(readFileSync(join(disk, 'out.bin'), 'utf8')).toBe('old');
  });

  test('is reported when it is read-only', async ({ skip }) => {
    const disk = smallDisk('size=256k,ro', skip);
    await expect(
      writeAtomically(
        { path: join(disk, 'out.bin'), temporary: join(disk, '.out.tmp') },
        async () => {},
      ),
    ).rejects.toThrow(/is on a read-only disk; choose another folder/);
  });
});

describe('where no disk can be mounted', () => {
  test.skipIf(process.platform !== 'linux')('a device is not taken for a file', async () => {
    await expect(
      writeAtomically({ path: '/dev/full', temporary: at('.full.tmp') }, (sink) =>
        sink.write(bytes('x')),
      ),
    ).rejects.toThrow(/is a device or a pipe/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
