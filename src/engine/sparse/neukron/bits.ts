/** `count` whole numbers of `width` bits each, the highest bit first, in ceil(count width / 8) bytes. */
export function packBits(numbers: ArrayLike<number>, width: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((numbers.length * width) / 8));
  let at = 0;
  for (let i = 0; i < numbers.length; i++) {
    for (let bit = width - 1; bit >= 0; bit--, at++) {
      if ((numbers[i] >>> bit) & 1) {
        bytes[at >> 3] |= 128 >> (at & 7);
      }
    }
  }
  return bytes;
}

/** The inverse of {@link packBits}. */
export function unpackBits(bytes: Uint8Array, count: number, width: number): Uint32Array {
  const numbers = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    let value = 0;
    for (let bit = 0; bit < width; bit++, at++) {
      value = value * 2 + ((bytes[at >> 3] >> (7 - (at & 7))) & 1);
    }
    numbers[i] = value;
  }
  return numbers;
}
