/**
 * The bytes of a view in a buffer that holds nothing else and that nobody else holds: what crosses
 * to a page is the whole buffer behind a view.
 */
export function ownBuffer(view: ArrayBufferView): ArrayBuffer {
  const bytes = new Uint8Array(view.byteLength);
  bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return bytes.buffer;
}
