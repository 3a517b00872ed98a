/** Well below what file systems allow, in any script. */
const longest = 80;

/**
 * A tensor's name as a file's, or part of one: without separators and what file systems refuse. Of
 * a long one the end remains, which tells tensors of a file apart.
 */
export function safeFileName(name: string): string {
  const safe = name
    .replace(/[^\p{L}\p{N}._-]+/gu, '_')
    .slice(-longest)
    .replace(/^\.+/, '_');
  return safe === '' ? '_' : safe;
}
