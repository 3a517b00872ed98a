import { UsageError } from '../../../failures';
import { levels as bitsOf } from '../sizes';

/** One level of the code: which bits of a sort key hold the symbol, and which head generates it. */
export interface CodeLevel {
  /** Number of the 32-bit word of the key. */
  readonly word: number;
  readonly shift: number;
  /** Bits of the symbol: the modes that are active at this level. */
  readonly width: number;
  /** Modes that are used up, always the shortest ones. */
  readonly inactive: number;
  /** Token of symbol 0. */
  readonly tokenOffset: number;
}

/**
 * How a position becomes a sequence of tokens. Every mode is padded to a power of two and read bit by
 * bit, the highest first; the bits of all modes at a level make a symbol (the first mode the highest
 * bit), so that seeds are 2 x 2 x ... and, where shorter modes are used up, 1 x 2 x .... Modes of size
 * 1 are left out, the others sorted by their number of bits.
 */
export interface PositionCode {
  /** Of the tensor, in its own order. */
  readonly dims: readonly number[];
  /** The coded modes as axes of the tensor, the shortest first. */
  readonly axes: readonly number[];
  /** Bits of each coded mode, ascending. */
  readonly bits: readonly number[];
  /** As many as the longest mode has bits. */
  readonly levels: readonly CodeLevel[];
  /** 32-bit words of a key; keys sort positions by their tokens. */
  readonly words: number;
  /** Bits in use in each word, from the lowest. */
  readonly wordBits: readonly number[];
  /** 2^(d+1) - 2 tokens for d coded modes. */
  readonly tokens: number;
}

/** A head has 2^d outputs. */
const mostModes = 8;
/** Positions of a mode are kept in arrays, padding included. */
const mostBits = 27;

/**
 * The code of positions in a tensor of size `dims`.
 * @throws UsageError when no mode is longer than 1, more than 8 are, or one is longer than 2^27.
 */
export function positionCode(dims: readonly number[]): PositionCode {
  const axes = dims
    .map((size, axis) => ({ axis, bits: bitsOf(size) }))
    .filter(({ bits }) => bits > 0)
    .sort((a, b) => a.bits - b.bits || a.axis - b.axis);
  if (axes.length === 0) {
    throw new UsageError('NeuKron needs at least one mode longer than 1.', { value: 1, limit: 2 });
  }
  if (axes.length > mostModes) {
    throw new UsageError(
      `NeuKron takes at most ${mostModes} modes longer than 1, not ${axes.length}; merge some of them.`,
      { value: axes.length, limit: mostModes },
    );
  }
  const bits = axes.map((mode) => mode.bits);
  const longest = bits[bits.length - 1];
  if (longest > mostBits) {
    throw new UsageError(
      `NeuKron keeps an order of each mode in memory and takes at most ${2 ** mostBits} indices per mode, not ${Math.max(...dims)}; leave out empty rows and columns first.`,
      { value: Math.max(...dims), limit: 2 ** mostBits },
    );
  }
  const widths = Array.from(
    { length: longest },
    (_, level) => bits.filter((count) => level < count).length,
  );
  return {
    dims: [...dims],
    axes: axes.map((mode) => mode.axis),
    bits,
    tokens: 2 ** (bits.length + 1) - 2,
    ...keyLayout(widths, bits.length),
  };
}

function keyLayout(
  widths: readonly number[],
  modes: number,
): Pick<PositionCode, 'levels' | 'words' | 'wordBits'> {
  const wordBits: number[] = [];
  const places = widths.map((width) => {
    if (wordBits.length === 0 || wordBits[wordBits.length - 1] + width > 32) {
      wordBits.push(0);
    }
    wordBits[wordBits.length - 1] += width;
    return { width, word: wordBits.length - 1, end: wordBits[wordBits.length - 1] };
  });
  const levels = places.map(({ width, word, end }) => {
    const inactive = modes - width;
    return {
      word,
      width,
      inactive,
      shift: wordBits[word] - end,
      tokenOffset: tokenOffset(inactive, modes),
    };
  });
  return { levels, words: wordBits.length, wordBits };
}

/** The first token of the levels with `inactive` used up modes: the sum of 2^(d - i) for i below it. */
export function tokenOffset(inactive: number, modes: number): number {
  let offset = 0;
  for (let i = 0; i < inactive; i++) {
    offset += 2 ** (modes - i);
  }
  return offset;
}

/** The tokens of the position with coordinates `position` (one for each coded mode). */
export function tokensOf(code: PositionCode, position: readonly number[]): number[] {
  return symbolsOf(code, position).map((symbol, t) => code.levels[t].tokenOffset + symbol);
}

/** The symbols of a position, one per level. */
export function symbolsOf(code: PositionCode, position: readonly number[]): number[] {
  return code.levels.map(({ inactive }, t) => {
    let symbol = 0;
    for (let mode = inactive; mode < code.bits.length; mode++) {
      symbol = symbol * 2 + ((position[mode] >>> (code.bits[mode] - 1 - t)) & 1);
    }
    return symbol;
  });
}

/**
 * What each position of a coded mode adds to the key, for each index: `parts[word][index]`, to be
 * combined by OR over the modes.
 */
export function keyParts(
  code: PositionCode,
  mode: number,
  positions: Uint32Array,
  count = positions.length,
): Uint32Array[] {
  const tables = spreadTables(code, mode);
  return tables.map((byBytes) => {
    const [low, second, third, high] = byBytes;
    const part = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const p = positions[i];
      part[i] = low[p & 255] | second[(p >>> 8) & 255] | third[(p >>> 16) & 255] | high[p >>> 24];
    }
    return part;
  });
}

/** For each word and each byte of a position, the bits of the key that the byte sets. */
function spreadTables(code: PositionCode, mode: number): Uint32Array[][] {
  const count = code.bits[mode];
  return Array.from({ length: code.words }, (_, word) =>
    Array.from({ length: 4 }, (_unused, byte) => {
      const table = new Uint32Array(256);
      for (let bit = byte * 8; bit < Math.min(count, byte * 8 + 8); bit++) {
        const level = code.levels[count - 1 - bit];
        if (level.word !== word) {
          continue;
        }
        const place = level.shift + (code.bits.length - 1 - mode);
        for (let value = 0; value < 256; value++) {
          if ((value >>> (bit - byte * 8)) & 1) {
            table[value] = (table[value] | (1 << place)) >>> 0;
          }
        }
      }
      return table;
    }),
  );
}
