/**
 * Lengths of the Huffman code words of symbols that occur `counts` times: the two rarest are merged
 * again and again, of equally rare ones those with the smaller symbols (a merged one counts as its
 * smallest). 0 for symbols that do not occur, and for one that occurs alone.
 */
export function huffmanLengths(counts: ArrayLike<number>): Uint32Array {
  const lengths = new Uint32Array(counts.length);
  let trees = Array.from(counts, (count, symbol) => ({ count, symbols: [symbol] })).filter(
    ({ count }) => count > 0,
  );
  while (trees.length > 1) {
    trees.sort((a, b) => a.count - b.count || a.symbols[0] - b.symbols[0]);
    const [first, second, ...rest] = trees;
    const symbols = [...first.symbols, ...second.symbols].sort((a, b) => a - b);
    for (const symbol of symbols) {
      lengths[symbol]++;
    }
    trees = [...rest, { count: first.count + second.count, symbols }];
  }
  return lengths;
}

/** Bits of all symbols in their Huffman code: the sum of count times length. */
export function huffmanBits(counts: ArrayLike<number>): number {
  return huffmanLengths(counts).reduce((sum, length, symbol) => sum + length * counts[symbol], 0);
}
