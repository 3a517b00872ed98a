/** Bytes as text, as addresses of data and mails have them. */
export function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  // In parts, because a function takes only so many arguments; three bytes are four digits.
  const step = 3 * 8192;
  for (let start = 0; start < bytes.length; start += step) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(start, start + step))));
  }
  return parts.join('');
}
