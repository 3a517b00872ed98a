import { FormatError } from '../../failures';
import { largestSize } from '../../engine/sparse/sparseTensor';
import { latin1, quoted } from './textLines';

/** How the lines of entries of a text look: `i_1 ... i_d value`. */
export interface EntryLayout {
  /** Name for messages. */
  readonly file: string;
  /** Indices on a line. */
  readonly order: number;
  /** What the first index is called. */
  readonly base: 0 | 1;
  /** Of the modes; left out where the text does not say, and any index below 2^32 will do. */
  readonly sizes?: readonly number[];
  /** Without values every entry is 1. */
  readonly hasValues: boolean;
  /** Begins a line that is passed over. */
  readonly comment: '%' | '#';
  /** Whether commas stand between the fields, beside blanks. */
  readonly commas: boolean;
  /** Entries the text states; more are an error. */
  readonly stated?: number;
}

export interface ScannedEntries {
  /** Counted from 0. */
  readonly indices: readonly Uint32Array[];
  readonly values: Float64Array;
  readonly count: number;
}

const [newline, carriageReturn, tab, space, comma] = [0x0a, 0x0d, 0x09, 0x20, 0x2c];
const [plus, minus, point, zero] = [0x2b, 0x2d, 0x2e, 0x30];
const [lowerE, upperE, lowerD, upperD] = [0x65, 0x45, 0x64, 0x44];

/** Powers of ten that a double holds exactly. */
const exactPowers = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** Any number of that many digits is below 2^53. */
const exactDigits = 15;

/** Entries for which there is room before the text has shown that it has as many. */
const firstCapacity = 2 ** 16;

/**
 * Reads lines of coordinates from bytes, without making texts of them. A value of up to 15 digits
 * with a power of ten up to 10^22 is the quotient or product of two exact doubles and therefore
 * rounded correctly (Clinger 1990); others are left to JavaScript's own conversion.
 */
export class EntryScanner {
  private readonly indices: Uint32Array[];
  private values: Float64Array;
  private count = 0;
  private capacity: number;
  private line: number;

  /** @param line lines before the first block, for messages. */
  constructor(
    private readonly layout: EntryLayout,
    line: number,
  ) {
    this.line = line;
    this.capacity = Math.min(firstCapacity, layout.stated ?? firstCapacity);
    this.indices = Array.from({ length: layout.order }, () => new Uint32Array(this.capacity));
    this.values = new Float64Array(this.capacity);
  }

  /**
   * Takes in a block of whole lines; only the last one of the text may lack its end.
   * @throws FormatError naming the line that is no entry, or one entry more than stated.
   */
  scan(block: Uint8Array): void {
    const { order, base, sizes, hasValues, commas, stated = Infinity } = this.layout;
    const comment = this.layout.comment.charCodeAt(0);
    const separator = commas ? comma : space;
    const end = block.length;
    const limits = Array.from({ length: order }, (_, mode) => sizes?.[mode] ?? largestSize);
    let at = 0;
    while (at < end) {
      let byte = block[at];
      while (byte === space || byte === tab || byte === carriageReturn) {
        byte = block[++at];
      }
      if (at >= end) {
        break;
      }
      if (byte === newline) {
        this.line++;
        at++;
        continue;
      }
      const start = at;
      if (byte === comment) {
        const found = block.indexOf(newline, at);
        at = found < 0 ? end : found;
        continue;
      }
      const entry = this.count;
      if (entry >= stated) {
        throw this.failure(`is one entry more than the ${stated} that the file states`);
      }
      if (entry === this.capacity) {
        this.grow();
      }
      for (let mode = 0; mode < order; mode++) {
        const from = at;
        let index = 0;
        for (let digit = byte - zero; digit >= 0 && digit <= 9; digit = byte - zero) {
          index = index * 10 + digit;
          byte = block[++at];
        }
        if (at === from || !this.isFieldEnd(byte, separator)) {
          throw this.badIndex(block, start, from, mode);
        }
        index -= base;
        if (index < 0 || index >= limits[mode]) {
          throw this.outside(index + base, mode, limits[mode]);
        }
        this.indices[mode][entry] = index;
        while (byte === space || byte === tab || byte === separator) {
          byte = block[++at];
        }
      }
      if (hasValues) {
        at = this.scanValue(block, at, start, separator);
        byte = block[at];
        while (byte === space || byte === tab) {
          byte = block[++at];
        }
      } else {
        this.values[entry] = 1;
      }
      while (byte === carriageReturn) {
        byte = block[++at];
      }
      if (at < end && byte !== newline) {
        throw this.failure(
          `has more than the ${order + (hasValues ? 1 : 0)} fields of an entry: "${this.lineAt(block, start)}"`,
        );
      }
      this.count = entry + 1;
    }
  }

  /** @throws FormatError when there are fewer entries than stated. */
  finish(): ScannedEntries {
    const { file, stated } = this.layout;
    if (stated !== undefined && this.count < stated) {
      throw new FormatError(
        `"${file}" states ${stated} entries but has ${this.count}; it is truncated or damaged.`,
        { file, value: this.count, limit: stated },
      );
    }
    const isFull = this.count === this.capacity;
    return {
      indices: isFull ? this.indices : this.indices.map((keys) => keys.slice(0, this.count)),
      values: isFull ? this.values : this.values.slice(0, this.count),
      count: this.count,
    };
  }

  /** Stores the value that begins at `at` and says where it ends. */
  private scanValue(block: Uint8Array, at: number, start: number, separator: number): number {
    const from = at;
    let byte = block[at];
    const isNegative = byte === minus;
    if (isNegative || byte === plus) {
      byte = block[++at];
    }
    let mantissa = 0;
    let digits = 0;
    let scale = 0;
    const firstDigit = at;
    for (let digit = byte - zero; digit >= 0 && digit <= 9; digit = byte - zero) {
      mantissa = mantissa * 10 + digit;
      digits += mantissa > 0 ? 1 : 0;
      byte = block[++at];
    }
    let figures = at - firstDigit;
    if (byte === point) {
      byte = block[++at];
      const firstDecimal = at;
      for (let digit = byte - zero; digit >= 0 && digit <= 9; digit = byte - zero) {
        mantissa = mantissa * 10 + digit;
        digits += mantissa > 0 ? 1 : 0;
        byte = block[++at];
      }
      scale = firstDecimal - at;
      figures += at - firstDecimal;
    }
    let isWhole = figures > 0;
    let isFortran = false;
    // Fortran writes the exponent of a double with a D.
    if (isWhole && (byte === lowerE || byte === upperE || byte === lowerD || byte === upperD)) {
      isFortran = byte === lowerD || byte === upperD;
      byte = block[++at];
      const sinks = byte === minus;
      if (sinks || byte === plus) {
        byte = block[++at];
      }
      const firstPower = at;
      let power = 0;
      for (let digit = byte - zero; digit >= 0 && digit <= 9; digit = byte - zero) {
        power = Math.min(power * 10 + digit, 1e6);
        byte = block[++at];
      }
      isWhole = at > firstPower;
      scale += sinks ? -power : power;
    }
    if (!isWhole || !this.isFieldEnd(byte, separator)) {
      throw this.badValue(block, start, from);
    }
    let value: number;
    if (digits <= exactDigits && scale >= -22 && scale <= 22) {
      value = scale < 0 ? mantissa / exactPowers[-scale] : mantissa * exactPowers[scale];
      value = isNegative ? -value : value;
    } else {
      const text = latin1(block.subarray(from, at));
      value = Number(isFortran ? text.replace(/d/i, 'e') : text);
      if (!Number.isFinite(value)) {
        throw this.failure(`has the value ${text}, which is too large`);
      }
    }
    this.values[this.count] = value;
    return at;
  }

  private isFieldEnd(byte: number | undefined, separator: number): boolean {
    return (
      byte === space ||
      byte === newline ||
      byte === tab ||
      byte === carriageReturn ||
      byte === separator ||
      byte === undefined
    );
  }

  private grow(): void {
    this.capacity = Math.min(
      Math.max(firstCapacity, 2 * this.capacity),
      this.layout.stated ?? Infinity,
    );
    for (let mode = 0; mode < this.indices.length; mode++) {
      const larger = new Uint32Array(this.capacity);
      larger.set(this.indices[mode]);
      this.indices[mode] = larger;
    }
    const larger = new Float64Array(this.capacity);
    larger.set(this.values);
    this.values = larger;
  }

  private badIndex(block: Uint8Array, start: number, from: number, mode: number): FormatError {
    const field = this.fieldAt(block, from);
    if (field === '') {
      return this.incomplete(block, start);
    }
    if (/^-\d+$/.test(field)) {
      return this.failure(`has the index ${field}; indices are counted from ${this.layout.base}`);
    }
    return this.failure(`has "${field}" for its index ${mode + 1}, which is not a whole number`);
  }

  private outside(index: number, mode: number, limit: number): FormatError {
    const { base, sizes } = this.layout;
    const stated = sizes ? 'the file states for it' : 'can be read';
    return this.failure(
      index < base
        ? `has the index ${index}; indices are counted from ${base}`
        : `has the index ${index} in mode ${mode + 1}, beyond the ${limit} indices that ${stated}`,
    );
  }

  private badValue(block: Uint8Array, start: number, from: number): FormatError {
    const field = this.fieldAt(block, from);
    if (field === '') {
      return this.incomplete(block, start);
    }
    if (/^[+-]?(nan|inf|infinity)$/i.test(field)) {
      return this.failure(`has the value ${field}; only finite numbers can be compressed`);
    }
    return this.failure(`has "${field}" for its value, which is not a number`);
  }

  private incomplete(block: Uint8Array, start: number): FormatError {
    const { order, hasValues } = this.layout;
    const text = `"${this.lineAt(block, start)}" instead of ${order} indices${hasValues ? ' and a value' : ''}`;
    return this.failure(
      block.indexOf(newline, start) < 0
        ? `ends in the middle of an entry, with ${text}; it is truncated`
        : `has ${text}`,
    );
  }

  private failure(what: string): FormatError {
    const { file } = this.layout;
    return new FormatError(`"${file}": line ${this.line + 1} ${what}.`, {
      file,
      value: this.line + 1,
    });
  }

  private fieldAt(block: Uint8Array, from: number): string {
    return /^[^\s,]*/.exec(this.lineAt(block, from))?.[0] ?? '';
  }

  /** From `from` to the end of the line, as a message quotes it. */
  private lineAt(block: Uint8Array, from: number): string {
    const found = block.indexOf(newline, from);
    return quoted(latin1(block.subarray(from, found < 0 ? block.length : found)));
  }
}
