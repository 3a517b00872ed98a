import { existsSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/failures';
import { unpackTar } from '../../../src/native/unpackTar';
import { unpackZip } from '../../../src/native/unpackZip';
import { tarGz, zip } from '../../support/archives';
import { temporaryFolder } from '../../support/temporaryFolder';

function saved(bytes: Buffer): { archive: string; folder: string } {
  const folder = temporaryFolder();
  const archive = join(folder, 'archive');
  writeFileSync(archive, bytes);
  return { archive, folder };
}

describe('unpackTar', () => {
  it('unpacks what is wanted, where it is wanted, with long names, links and modes', async () => {
    const long = `package/${'deep/'.repeat(30)}file`;
    const big = Buffer.alloc(300_000, 'b');
    const { archive, folder } = saved(
      tarGz([
        { name: 'package/a', content: 'A', mode: 0o755 },
        { name: 'package/unwanted', content: 'x'.repeat(2000) },
        { name: long, content: 'L' },
        { name: 'package/big', content: big },
        { name: 'package/link', to: 'a' },
      ]),
    );
    await unpackTar({
      archive,
      folder,
      place: (name) => (name.endsWith('unwanted') ? undefined : name.replace('package/', 'to/')),
    });
    expect(readFileSync(join(folder, 'to/a'), 'utf8')).toBe('A');
    expect(statSync(join(folder, 'to/a')).mode & 0o111).toBe(0o111);
    expect(readFileSync(join(folder, long.replace('package/', 'to/')), 'utf8')).toBe('L');
    expect(readFileSync(join(folder, 'to/big')).equals(big)).toBe(true);
    expect(readlinkSync(join(folder, 'to/link'))).toBe('a');
    expect(existsSync(join(folder, 'to/unwanted'))).toBe(false);
  });

  it.each([
    { name: '../evil', content: 'x' },
    { name: 'link', to: '../../etc/passwd' },
  ])('refuses what leads out of the folder: $name', async (member) => {
    const { archive, folder } = saved(tarGz([member]));
    const promise = unpackTar({ archive, folder, place: (name) => name });
    await expect(promise).rejects.toThrow(FormatError);
    expect(existsSync(join(folder, '..', 'evil'))).toBe(false);
  });

  it('says that an archive that was cut off is damaged', async () => {
    const whole = tarGz([
      { name: 'a', content: Buffer.from(Array.from({ length: 9999 }, Math.random)) },
    ]);
    const { archive, folder } = saved(whole.subarray(0, whole.length / 2));
    await expect(unpackTar({ archive, folder, place: (name) => name })).rejects.toThrow(
      /damaged|cut off/,
    );
  });
});

describe('unpackZip', () => {
  it('unpacks what is wanted, where it is wanted', async () => {
    const { archive, folder } = saved(await zip({ 'tf/lib.so': 'LIB', 'tf/x.py': 'PY' }));
    await unpackZip({
      archive,
      folder,
      place: (name) => (name.endsWith('.so') ? 'lib/lib.so' : undefined),
    });
    expect(readFileSync(join(folder, 'lib/lib.so'), 'utf8')).toBe('LIB');
    expect(existsSync(join(folder, 'tf'))).toBe(false);
  });
});
