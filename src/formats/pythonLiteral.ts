/** The values a Python literal can have here; a tuple and a list are both arrays. */
export type PythonLiteral =
  string | number | boolean | null | readonly PythonLiteral[] | ReadonlyMap<string, PythonLiteral>;

/** NumPy's own structured types nest a few levels; this bounds what a hostile header can ask. */
const maxDepth = 32;

/**
 * Parses the Python literals NumPy writes into its headers: strings, whole numbers, True, False,
 * None, tuples, lists, dicts with string keys. Nothing is evaluated.
 * @throws SyntaxError saying at which character the text stops being such a literal.
 */
export function parsePythonLiteral(text: string): PythonLiteral {
  const parser = new LiteralParser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class LiteralParser {
  private position = 0;

  constructor(private readonly text: string) {}

  value(depth: number): PythonLiteral {
    if (depth > maxDepth) {
      throw this.unexpected(`nesting deeper than ${maxDepth} levels`);
    }
    this.space();
    const next = this.text[this.position];
    switch (next) {
      case '{':
        return this.dict(depth);
      case '(':
        return this.sequence(')', depth);
      case '[':
        return this.sequence(']', depth);
    }
    return this.string() ?? this.number() ?? this.word();
  }

  end(): void {
    this.space();
    if (this.position < this.text.length) {
      throw this.unexpected('text after the end');
    }
  }

  private dict(depth: number): ReadonlyMap<string, PythonLiteral> {
    const entries = new Map<string, PythonLiteral>();
    this.position++;
    while (!this.take('}')) {
      this.space();
      const key = this.string();
      if (key === undefined) {
        throw this.unexpected('a key that is not a string');
      }
      if (entries.has(key)) {
        throw this.unexpected(`the key '${key}' a second time`);
      }
      if (!this.take(':')) {
        throw this.unexpected('a key without a value');
      }
      entries.set(key, this.value(depth + 1));
      if (!this.take(',') && !this.at('}')) {
        throw this.unexpected('neither "," nor "}"');
      }
    }
    return entries;
  }

  private sequence(close: ')' | ']', depth: number): PythonLiteral {
    const items: PythonLiteral[] = [];
    let commas = 0;
    this.position++;
    while (!this.take(close)) {
      items.push(this.value(depth + 1));
      if (this.take(',')) {
        commas++;
      } else if (!this.at(close)) {
        throw this.unexpected(`neither "," nor "${close}"`);
      }
    }
    const [only] = items;
    // (3) is the number 3; only (3,) is a tuple.
    return close === ')' && items.length === 1 && commas === 0 && only !== undefined ? only : items;
  }

  private string(): string | undefined {
    const opening = /[ub]?(['"])/y;
    opening.lastIndex = this.position;
    const found = opening.exec(this.text);
    if (!found) {
      return undefined;
    }
    let value = '';
    let position = opening.lastIndex;
    while (this.text[position] !== found[1]) {
      if (position >= this.text.length) {
        throw this.unexpected('a string without an end');
      }
      if (this.text[position] === '\\') {
        position++;
      }
      value += this.text[position] ?? '';
      position++;
    }
    this.position = position + 1;
    return value;
  }

  private number(): number | undefined {
    // Python 2 wrote long integers as 3L.
    const digits = /(-?\d+)L?/y;
    digits.lastIndex = this.position;
    const found = digits.exec(this.text);
    if (!found) {
      return undefined;
    }
    this.position = digits.lastIndex;
    return Number(found[1]);
  }

  private word(): boolean | null {
    for (const [word, value] of words) {
      if (this.text.startsWith(word, this.position)) {
        this.position += word.length;
        return value;
      }
    }
    throw this.unexpected('something that is no literal');
  }

  private take(character: string): boolean {
    const found = this.at(character);
    if (found) {
      this.position++;
    }
    return found;
  }

  private at(character: string): boolean {
    this.space();
    return this.text[this.position] === character;
  }

  private space(): void {
    while (/\s/.test(this.text[this.position] ?? '')) {
      this.position++;
    }
  }

  private unexpected(what: string): SyntaxError {
    return new SyntaxError(`${what} at character ${this.position}`);
  }
}

const words = [
  ['True', true],
  ['False', false],
  ['None', null],
] as const;
