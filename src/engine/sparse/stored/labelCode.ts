import { huffmanLengths } from '../huffman';

/**
 * Labels in their canonical Huffman code, as the publications count their bytes: of each cluster the
 * length of its code word, and the words one after the other. Words of one length ascend with their
 * clusters, and follow the shorter ones. A lone cluster has the length 0, and its labels take no bits.
 */
export interface CodedLabels {
  readonly lengths: Uint8Array;
  /** From the highest bit of a byte down. */
  readonly bits: Uint8Array;
}

/** Of each cluster there must be a label. */
export function encodeLabels(labels: Uint16Array, clusters: number): CodedLabels {
  const counts = new Float64Array(clusters);
  for (const label of labels) {
    counts[label]++;
  }
  const lengths = Uint8Array.from(huffmanLengths(counts));
  const { words } = wordsOf(lengths);
  const length = counts.reduce((sum, count, cluster) => sum + count * lengths[cluster], 0);
  const bits = new Uint8Array(Math.ceil(length / 8));
  let at = 0;
  for (const label of labels) {
    for (let bit = lengths[label] - 1; bit >= 0; bit--, at++) {
      // A word may have more bits than the operators of whole numbers take.
      if (Math.floor(words[label] / 2 ** bit) % 2 === 1) {
        bits[at >> 3] |= 128 >> (at & 7);
      }
    }
  }
  return { lengths, bits };
}

/**
 * The inverse of {@link encodeLabels}.
 * @returns undefined for lengths of no complete code, and bits that do not make `count` labels.
 */
export function decodeLabels(
  { lengths, bits }: CodedLabels,
  count: number,
): Uint16Array | undefined {
  const labels = new Uint16Array(count);
  if (lengths.length === 1) {
    return lengths[0] === 0 && bits.length === 0 ? labels : undefined;
  }
  const { clusters, first, isComplete } = wordsOf(lengths);
  if (!isComplete) {
    return undefined;
  }
  const end = 8 * bits.length;
  let at = 0;
  for (let i = 0; i < count; i++) {
    let word = 0;
    for (let length = 1; ; length++, at++) {
      if (at === end) {
        return undefined;
      }
      word = 2 * word + ((bits[at >> 3] >> (7 - (at & 7))) & 1);
      // Words of a length are consecutive; what is not below their end goes on.
      const place = word - first[length].word;
      if (place < first[length].count) {
        labels[i] = clusters[first[length].place + place];
        at++;
        break;
      }
    }
  }
  const left = end - at;
  return left < 8 && (left === 0 || bits[bits.length - 1] % 2 ** left === 0) ? labels : undefined;
}

/** No code of up to 2^32 labels has longer words. */
const longest = 48;

/** The canonical code with words of these lengths. */
function wordsOf(lengths: Uint8Array): {
  /** Of each cluster. */
  readonly words: Float64Array;
  /** Sorted by their words. */
  readonly clusters: readonly number[];
  /** Of each length: the first word, how many there are, and where its clusters begin. */
  readonly first: readonly { word: number; count: number; place: number }[];
  /** Whether every cluster has a word, and every sequence of bits is one of words. */
  readonly isComplete: boolean;
} {
  const clusters = [...lengths.keys()].sort((a, b) => lengths[a] - lengths[b] || a - b);
  const words = new Float64Array(lengths.length);
  const first = Array.from({ length: longest + 1 }, () => ({ word: 0, count: 0, place: 0 }));
  let share = 0;
  for (const length of lengths) {
    share += 2 ** -length;
    if (length <= longest) {
      first[length].count++;
    }
  }
  for (let length = 1; length <= longest; length++) {
    const shorter = first[length - 1];
    first[length].word = 2 * (shorter.word + (length === 1 ? 0 : shorter.count));
    first[length].place = shorter.place + shorter.count;
    for (let n = 0; n < first[length].count; n++) {
      words[clusters[first[length].place + n]] = first[length].word + n;
    }
  }
  const isComplete = share === 1 && lengths.every((length) => length >= 1 && length <= longest);
  return { words, clusters, first, isComplete };
}
