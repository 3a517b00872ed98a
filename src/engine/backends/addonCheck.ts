import { stat } from 'node:fs/promises';
import { binaryFormats, readBinaryHeader } from './binaryFile';

/** Below that, a file is a placeholder or an error page, not a library. */
const leastBytes = 4096;

const formatNames = {
  elf: 'Linux',
  'mach-o': 'macOS',
  pe: 'Windows',
} as const;

export interface Host {
  readonly platform: string;
  readonly arch: string;
}

/**
 * What can be told of a native library without loading it, which may end the whole process:
 * undefined when nothing speaks against it, otherwise what is wrong, as the end of a sentence that
 * begins with its name ("is cut off: …"). Never throws.
 */
export async function checkAddon(
  path: string,
  { platform, arch }: Host = process,
): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size < leastBytes) {
      return `is no native library: it has only ${size} bytes`;
    }
    const header = await readBinaryHeader(path);
    if (!header) {
      return 'is no native library: its first bytes are not those of one';
    }
    const wanted = binaryFormats[platform];
    if (header.format !== wanted) {
      return `is for ${formatNames[header.format]}, not for this system (${platform})`;
    }
    if (!header.architectures.includes(arch)) {
      const known = header.architectures.join(' and ');
      return `is for another processor${known && ` (${known})`} than this one (${arch})`;
    }
    if (size < (header.leastBytes ?? 0)) {
      return `is cut off: it has ${size} bytes of ${header.leastBytes} or more`;
    }
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' ? 'is missing' : `cannot be read (${code ?? String(error)})`;
  }
}
