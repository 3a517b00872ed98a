/**
 * What a file that no format claims really is, told from its first bytes: the answer a person needs
 * more than "not supported".
 */

/** Bytes of a file's beginning that are enough for {@link describeForeign}. */
export const headLength = 4096;

/** What {@link describeForeign} calls a text of which it can say no more. */
export const plainText = 'a text file, not weights';

interface Signature {
  readonly bytes: string;
  readonly description: string;
}

/** Fixed beginnings, as Latin-1 text. */
const signatures: readonly Signature[] = [
  { bytes: '\x89HDF\r\n\x1a\n', description: 'an HDF5 file (Keras .h5 or similar)' },
  { bytes: 'GGUF', description: 'a GGUF file (llama.cpp)' },
  { bytes: '\x1f\x8b', description: 'compressed with gzip; unpack it first' },
  { bytes: '7z\xbc\xaf\x27\x1c', description: 'a 7-Zip archive; unpack it first' },
  { bytes: 'BZh', description: 'compressed with bzip2; unpack it first' },
  { bytes: '\xfd7zXZ\x00', description: 'compressed with xz; unpack it first' },
  { bytes: '\x28\xb5\x2f\xfd', description: 'compressed with zstd; unpack it first' },
  { bytes: '%PDF-', description: 'a PDF document' },
  { bytes: '\x89PNG\r\n', description: 'a PNG picture' },
];

/**
 * A sentence fragment after "is", e.g. `a Git LFS pointer …`; undefined when the bytes tell nothing.
 * @param head the first bytes, up to {@link headLength}. @param size of the whole file.
 */
export function describeForeign(head: Uint8Array, size: number): string | undefined {
  if (size === 0) {
    return 'empty (0 bytes); download or save it again';
  }
  const start = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  if (start.startsWith('version https://git-lfs.github.com/spec/')) {
    return 'a Git LFS pointer, not the weights themselves; run "git lfs pull" to fetch them';
  }
  const known = signatures.find(({ bytes }) => start.startsWith(bytes));
  if (known) {
    return known.description;
  }
  if (start.startsWith('TFL3', 4)) {
    return 'a TensorFlow Lite model';
  }
  if (isZip(head)) {
    const name = firstZipName(head);
    return describeZip(name === undefined ? [] : [name]);
  }
  if (isPickle(head)) {
    return 'a Python pickle (an old PyTorch file, for example), which is never executed; save the weights as .safetensors';
  }
  return describeText(head, size);
}

/** What a zip archive with these members is; `names` may be the first one only. */
export function describeZip(names: readonly string[]): string {
  if (names.some((name) => /(^|\/)data\.pkl$/.test(name))) {
    return 'a PyTorch file (a zip archive with a pickle); save its weights as .safetensors';
  }
  if (names.includes('config.json') || names.includes('model.weights.h5')) {
    return 'a Keras file or another zip archive; save its weights as .safetensors or .npz';
  }
  return 'a zip archive';
}

/** Whether the bytes begin as a zip archive does, or are an empty one. */
export function isZip(head: Uint8Array): boolean {
  const [p, k, a, b] = head;
  return p === 0x50 && k === 0x4b && ((a === 3 && b === 4) || (a === 5 && b === 6));
}

/** The name of a zip archive's first member, from its local header. */
export function firstZipName(head: Uint8Array): string | undefined {
  const nameStart = 30;
  if (head.byteLength < nameStart || head[2] !== 3) {
    return undefined;
  }
  const length = new DataView(head.buffer, head.byteOffset).getUint16(26, true);
  return new TextDecoder().decode(head.subarray(nameStart, nameStart + length));
}

/** Protocols 2 to 5 begin with their number, followed by a frame, a global, or a container. */
function isPickle(head: Uint8Array): boolean {
  const [opcode, protocol, next] = head;
  const usual = next === undefined ? '' : String.fromCharCode(next);
  return (
    opcode === 0x80 &&
    protocol !== undefined &&
    protocol >= 2 &&
    protocol <= 5 &&
    (next === 0x95 || next === 0x8a || next === 0x8c || '}]()cNKXM'.includes(usual))
  );
}

function describeText(head: Uint8Array, size: number): string | undefined {
  const text = decodeText(head, head.byteLength < size);
  if (text === undefined) {
    return undefined;
  }
  const trimmed = text.trimStart();
  if (/^(<!doctype html|<html|<head|<\?xml[^>]*>\s*<!doctype html)/i.test(trimmed)) {
    return 'an HTML page, perhaps an error or login page saved in place of the weights; download it again';
  }
  if (/^[{[]\s*["{[\]}\d]/.test(trimmed)) {
    return 'a JSON text, not weights';
  }
  return plainText;
}

/** The text, when every byte is printable UTF-8; the last character may be cut in two. */
function decodeText(head: Uint8Array, isCut: boolean): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: isCut });
    return [...text].some(isControl) ? undefined : text;
  } catch {
    return undefined;
  }
}

function isControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0c && code !== 0x0d;
}
