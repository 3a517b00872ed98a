import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { headerKey } from '../../../engine/sparse/stored/header';
import { readError } from '../../../io/fileErrors';
import type { CliContext } from '../../context';

const magic = 'NEUKRON';

/**
 * Whether `path` is what `sparse compress` writes, as its first bytes or its metadata say.
 * @throws FileError when it cannot be read.
 */
export async function isModelFile(context: CliContext, path: string): Promise<boolean> {
  if (extname(path).toLowerCase() === '.neukron' || (await beginning(path)) === magic) {
    return true;
  }
  if (extname(path).toLowerCase() !== '.safetensors') {
    return false;
  }
  const { metadata } = await context.engine.inspect({ path }, { signal: context.signal });
  return headerKey in metadata;
}

async function beginning(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(magic.length), 0, magic.length, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readError(path, error);
  }
}
