import { FormatError } from '../failures';

export interface ScanLimits {
  /** For messages, e.g. `"model.safetensors": the header`. */
  readonly what: string;
  readonly file: string;
  /** Deepest nesting of objects and arrays. */
  readonly depth: number;
  /** Most keys, of all objects together. */
  readonly keys: number;
}

interface Level {
  readonly keys: Set<string> | undefined;
}

/**
 * Walks the tokens of a JSON text and returns the keys of its outermost object in the order of the
 * text, which JSON.parse does not keep for names that look like numbers.
 *
 * JSON.parse also keeps the last of two equal keys without a word, and builds whatever a hostile
 * text describes; here duplicates and texts beyond `limits` are refused before it is called. A text
 * that is not JSON may pass: JSON.parse is the judge of that.
 * @throws FormatError naming the key or the limit.
 */
export function scanJsonKeys(text: string, limits: ScanLimits): string[] {
  const outermost: string[] = [];
  const levels: Level[] = [];
  let position = 0;
  let count = 0;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    if (code === quote) {
      const end = endOfString(text, position);
      const level = levels.at(-1);
      if (level?.keys && nextSignificant(text, end) === colon) {
        const key = unquote(text.slice(position, end), limits);
        if (level.keys.has(key)) {
          throw refuse(limits, `has "${key}" twice`, key);
        }
        level.keys.add(key);
        if (++count > limits.keys) {
          throw refuse(limits, `has more than the ${limits.keys} keys allowed`);
        }
        if (levels.length === 1) {
          outermost.push(key);
        }
      }
      position = end;
      continue;
    }
    if (code === openBrace || code === openBracket) {
      if (levels.length > 0 && levels.at(-1)?.keys === undefined) {
        throw refuse(limits, 'has a list that holds more than plain values');
      }
      levels.push({ keys: code === openBrace ? new Set() : undefined });
      if (levels.length > limits.depth) {
        throw refuse(limits, `nests deeper than the ${limits.depth} levels allowed`);
      }
    } else if (code === closeBrace || code === closeBracket) {
      levels.pop();
    }
    position++;
  }
  return outermost;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** The position after the closing quote of the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === backslash) {
      i++;
    } else if (code === quote) {
      return i + 1;
    }
  }
  return text.length;
}

function nextSignificant(text: string, from: number): number {
  let i = from;
  while (i < text.length && text.charCodeAt(i) <= 0x20) {
    i++;
  }
  return i < text.length ? text.charCodeAt(i) : -1;
}

/** Parsing also gives a string of its own, where a slice would keep the whole text in memory. */
function unquote(token: string, limits: ScanLimits): string {
  try {
    return String(JSON.parse(token));
  } catch (error) {
    throw new FormatError(
      `${limits.what} is not valid JSON: ${token.slice(0, 60)} is not a string; the file is damaged.`,
      { file: limits.file },
      { cause: error },
    );
  }
}

function refuse(limits: ScanLimits, reason: string, value?: string): FormatError {
  return new FormatError(`${limits.what} ${reason}; the file is damaged or not what it seems.`, {
    file: limits.file,
    ...(value === undefined ? {} : { value }),
  });
}
