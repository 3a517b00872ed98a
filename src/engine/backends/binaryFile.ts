import { open } from 'node:fs/promises';

/** What a native library says of itself in its header. */
export interface BinaryHeader {
  readonly format: 'elf' | 'mach-o' | 'pe';
  /** Processors it is for, as `process.arch` names them; empty when it is none we know. */
  readonly architectures: readonly string[];
  /** Bytes the file must have to be whole, where its header tells. */
  readonly leastBytes?: number;
}

/** Enough for every header and its tables of contents that are read here. */
const headBytes = 64 * 1024;

/** The format in which a platform's loader takes native libraries. */
export const binaryFormats: Readonly<Record<string, BinaryHeader['format']>> = {
  linux: 'elf',
  android: 'elf',
  freebsd: 'elf',
  darwin: 'mach-o',
  win32: 'pe',
};

const elfMachines: Readonly<Record<number, string>> = {
  0x03: 'ia32',
  0x28: 'arm',
  0x3e: 'x64',
  0xb7: 'arm64',
  0xf3: 'riscv64',
};
const machCpus: Readonly<Record<number, string>> = { 0x0100_0007: 'x64', 0x0100_000c: 'arm64' };
const peMachines: Readonly<Record<number, string>> = {
  0x014c: 'ia32',
  0x8664: 'x64',
  0xaa64: 'arm64',
};

/** Reads the header of the file `path`; undefined when it is no native library of any platform. */
export async function readBinaryHeader(path: string): Promise<BinaryHeader | undefined> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return parseBinaryHeader(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** As {@link readBinaryHeader}, of the first bytes of a file. */
export function parseBinaryHeader(head: Buffer): BinaryHeader | undefined {
  if (head.length < 64) {
    return undefined;
  }
  const magic = head.readUInt32BE(0);
  if (magic === 0x7f45_4c46) {
    return parseElf(head);
  }
  if (magic === 0xcffa_edfe) {
    const cpu = machCpus[head.readUInt32LE(4)];
    return { format: 'mach-o', architectures: cpu ? [cpu] : [] };
  }
  if (magic === 0xcafe_babe) {
    return parseFatMachO(head);
  }
  if (head.toString('latin1', 0, 2) === 'MZ') {
    return parsePe(head);
  }
  return undefined;
}

/** The tables of a 64-bit ELF file lie at its end, so that their end tells of a file cut short. */
function parseElf(head: Buffer): BinaryHeader {
  const is64Bit = head[4] === 2;
  const isLittleEndian = head[5] === 1;
  const machine = isLittleEndian ? elfMachines[head.readUInt16LE(18)] : undefined;
  const architectures = machine ? [machine] : [];
  if (!is64Bit || !isLittleEndian) {
    return { format: 'elf', architectures };
  }
  const sections = Number(head.readBigUInt64LE(40)) + head.readUInt16LE(58) * head.readUInt16LE(60);
  const programs = Number(head.readBigUInt64LE(32));
  const programSize = head.readUInt16LE(54);
  let leastBytes = sections;
  for (let i = 0; i < head.readUInt16LE(56); i++) {
    const at = programs + i * programSize;
    if (at + 40 > head.length) {
      break;
    }
    const end = Number(head.readBigUInt64LE(at + 8) + head.readBigUInt64LE(at + 32));
    leastBytes = Math.max(leastBytes, end);
  }
  return { format: 'elf', architectures, leastBytes };
}

/** Several libraries in one file, for a processor each. */
function parseFatMachO(head: Buffer): BinaryHeader {
  const architectures: string[] = [];
  let leastBytes = 0;
  for (let i = 0; i < Math.min(head.readUInt32BE(4), 16); i++) {
    const at = 8 + i * 20;
    if (at + 20 > head.length) {
      break;
    }
    const cpu = machCpus[head.readUInt32BE(at)];
    if (cpu) {
      architectures.push(cpu);
    }
    leastBytes = Math.max(leastBytes, head.readUInt32BE(at + 8) + head.readUInt32BE(at + 12));
  }
  return { format: 'mach-o', architectures, leastBytes };
}

function parsePe(head: Buffer): BinaryHeader | undefined {
  const at = head.readUInt32LE(0x3c);
  if (at + 24 > head.length || head.toString('latin1', at, at + 4) !== 'PE\0\0') {
    return undefined;
  }
  const machine = peMachines[head.readUInt16LE(at + 4)];
  let leastBytes = 0;
  const sections = at + 24 + head.readUInt16LE(at + 20);
  for (let i = 0; i < head.readUInt16LE(at + 6); i++) {
    const section = sections + i * 40;
    if (section + 40 > head.length) {
      break;
    }
    leastBytes = Math.max(
      leastBytes,
      head.readUInt32LE(section + 16) + head.readUInt32LE(section + 20),
    );
  }
  return { format: 'pe', architectures: machine ? [machine] : [], leastBytes };
}
