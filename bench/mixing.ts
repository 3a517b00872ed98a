/**
 * Orthogonal matrices Q of any size n = m 2^p (m odd) whose entries are known in closed form and
 * whose product with a vector is cheap: the Kronecker product of the m x m Hartley matrix,
 * (cos + sin)(2 pi i j / m) / sqrt(m), and the Hadamard matrix of size 2^p, (-1)^popcount(i & j) /
 * sqrt(2^p). Both are symmetric and their own inverses, and so is Q.
 */
export interface SplitSize {
  readonly odd: number;
  readonly powerOfTwo: number;
}

export function splitSize(size: number): SplitSize {
  let odd = size;
  while (odd % 2 === 0) {
    odd /= 2;
  }
  return { odd, powerOfTwo: size / odd };
}

/** Q[i, j] of size `size`. */
export function mixingEntry(size: number, i: number, j: number): number {
  const { odd, powerOfTwo, hartley } = tablesOf(size);
  const sign = parity(i & (powerOfTwo - 1) & (j & (powerOfTwo - 1))) === 0 ? 1 : -1;
  const high = Math.floor(i / powerOfTwo) * Math.floor(j / powerOfTwo);
  return sign * hartley[high % odd];
}

/** Q A in place, A row-major with `rows` rows of `width` numbers. */
export function applyMixing(a: Float64Array, rows: number, width: number): void {
  const { odd, powerOfTwo, hartley } = tablesOf(rows);
  const half = powerOfTwo * width;
  for (let stride = width; stride < half; stride *= 2) {
    for (let from = 0; from < a.length; from += 2 * stride) {
      for (let at = from; at < from + stride; at++) {
        const x = a[at];
        const y = a[at + stride];
        a[at] = x + y;
        a[at + stride] = x - y;
      }
    }
  }
  // Across the blocks; the table carries the scale of both factors.
  const column = new Float64Array(odd);
  for (let at = 0; at < half; at++) {
    for (let i = 0; i < odd; i++) {
      column[i] = a[i * half + at];
    }
    for (let i = 0; i < odd; i++) {
      let sum = 0;
      for (let j = 0; j < odd; j++) {
        sum += hartley[(i * j) % odd] * column[j];
      }
      a[i * half + at] = sum;
    }
  }
}

interface Tables extends SplitSize {
  /** cas(2 pi k / m) / sqrt(size), k below m: the entries of Q but for their sign. */
  readonly hartley: Float64Array;
}

const tables = new Map<number, Tables>();

function tablesOf(size: number): Tables {
  let known = tables.get(size);
  if (!known) {
    const { odd, powerOfTwo } = splitSize(size);
    const hartley = Float64Array.from({ length: odd }, (_, k) => {
      const angle = (2 * Math.PI * k) / odd;
      return (Math.cos(angle) + Math.sin(angle)) / Math.sqrt(size);
    });
    known = { odd, powerOfTwo, hartley };
    tables.set(size, known);
  }
  return known;
}

function parity(word: number): number {
  let folded = word ^ (word >>> 16);
  folded ^= folded >>> 8;
  folded ^= folded >>> 4;
  return (0x6996 >>> (folded & 15)) & 1;
}
