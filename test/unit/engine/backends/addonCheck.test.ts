import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkAddon, type Host } from '../../../../src/engine/backends/addonCheck';
import { temporaryFolder } from '../../../support/temporaryFolder';

const linux: Host = { platform: 'linux', arch: 'x64' };

function saved(bytes: Buffer): string {
  const path = join(temporaryFolder(), 'addon.node');
  writeFileSync(path, bytes);
  return path;
}

/** The header of a 64-bit ELF file whose section table ends at byte `end`. */
function elf(bytes: number, { machine = 0x3e, end = bytes } = {}): Buffer {
  const file = Buffer.alloc(bytes);
  file.write('\x7fELF\x02\x01', 'latin1');
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(BigInt(end - 128), 40);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(2, 60);
  return file;
}

function machO(cpu: number): Buffer {
  const file = Buffer.alloc(8192);
  file.writeUInt32BE(0xcffaedfe, 0);
  file.writeUInt32LE(cpu, 4);
  return file;
}

function pe(machine: number): Buffer {
  const file = Buffer.alloc(8192);
  file.write('MZ');
  file.writeUInt32LE(0x80, 0x3c);
  file.write('PE\0\0', 0x80);
  file.writeUInt16LE(machine, 0x84);
  return file;
}

describe('checkAddon', () => {
  it('has nothing against a whole library for this system', async () => {
    expect(await checkAddon(saved(elf(8192)), linux)).toBeUndefined();
    const mac = { platform: 'darwin', arch: 'arm64' };
    expect(await checkAddon(saved(machO(0x0100000c)), mac)).toBeUndefined();
    const windows = { platform: 'win32', arch: 'x64' };
    expect(await checkAddon(saved(pe(0x8664)), windows)).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('has nothing against the running Node.js', async () => {
    expect(await checkAddon(process.execPath)).toBeUndefined();
  });

  it.each([
    ['is missing', undefined],
    ['is no native library: it has only 13 bytes', Buffer.from('404 not found')],
    ['is no native library: its first bytes', Buffer.alloc(9000, '<html>')],
    ['is for macOS, not for this system (linux)', machO(0x01000007)],
    ['is for Windows, not for this system (linux)', pe(0x8664)],
    ['is for another processor (arm64) than this one (x64)', elf(8192, { machine: 0xb7 })],
    ['is for another processor than this one (x64)', elf(8192, { machine: 0x99 })],
    ['is cut off: it has 8192 bytes of 100000 or more', elf(8192, { end: 100_000 })],
  ])('says that a file %s', async (reason, bytes) => {
    const path = bytes ? saved(bytes) : join(temporaryFolder(), 'nothing.node');
    expect(await checkAddon(path, linux)).toContain(reason);
  });

  it('tells of a universal library for macOS whom it is for', async () => {
    const fat = Buffer.alloc(8192);
    fat.writeUInt32BE(0xcafebabe, 0);
    fat.writeUInt32BE(1, 4);
    fat.writeUInt32BE(0x0100000c, 8);
    expect(await checkAddon(saved(fat), { platform: 'darwin', arch: 'arm64' })).toBeUndefined();
    expect(await checkAddon(saved(fat), { platform: 'darwin', arch: 'x64' })).toBe(
      'is for another processor (arm64) than this one (x64)',
    );
  });

  it.runIf(process.platform === 'linux')(
    'sees that half of a real library is missing',
    async () => {
      const whole = readFileSync(process.execPath);
      const half = saved(whole.subarray(0, whole.length / 2));
      expect(await checkAddon(half)).toMatch(/^is cut off/);
    },
  );
});
