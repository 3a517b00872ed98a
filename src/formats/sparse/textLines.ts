import { FormatError } from '../../failures';

/** Far above any line of coordinates; what has none within it is no text of lines. */
const longestLine = 2 ** 20;

const newline = 0x0a;

/**
 * Text as lines for its header and, from there on, as blocks of whole lines for a scanner. Nothing
 * is split: a block is a view on the bytes as they came, but for the line that two chunks share.
 */
export class TextLines {
  /** Lines that {@link nextLine} has given and {@link stepBack} has not taken back. */
  linesRead = 0;
  #block: Uint8Array = new Uint8Array();
  #at = 0;
  #lineStart = 0;
  readonly #blocks: AsyncIterator<Uint8Array, void>;

  constructor(
    chunks: AsyncIterable<Uint8Array>,
    private readonly file: string,
  ) {
    this.#blocks = this.wholeLines(chunks);
  }

  /** The next line without its end, as Latin-1; undefined behind the last one. */
  async nextLine(): Promise<string | undefined> {
    if (this.#at === this.#block.length && !(await this.nextBlock())) {
      return undefined;
    }
    this.#lineStart = this.#at;
    const found = this.#block.indexOf(newline, this.#at);
    const end = found < 0 ? this.#block.length : found;
    const line = latin1(this.#block.subarray(this.#at, end)).replace(/\r$/, '');
    this.#at = found < 0 ? end : end + 1;
    this.linesRead++;
    return line;
  }

  /** Takes the last line back, so that it comes again. */
  stepBack(): void {
    this.#at = this.#lineStart;
    this.linesRead--;
  }

  /** What {@link nextLine} has not given, in blocks that end with a line or with the text. */
  async *rest(): AsyncGenerator<Uint8Array> {
    do {
      const block = this.#block.subarray(this.#at);
      this.#at = this.#block.length;
      if (block.length > 0) {
        yield block;
      }
    } while (await this.nextBlock());
  }

  /** Lets go of what the text is read from; for whoever does not read to the end. */
  async close(): Promise<void> {
    await this.#blocks.return?.();
  }

  private async nextBlock(): Promise<boolean> {
    const next = await this.#blocks.next();
    if (next.done === true) {
      return false;
    }
    this.#block = next.value;
    this.#at = 0;
    return true;
  }

  private async *wholeLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let rest = new Uint8Array();
    for await (const chunk of chunks) {
      const bytes = rest.length === 0 ? chunk : joined(rest, chunk);
      const end = bytes.lastIndexOf(newline) + 1;
      if (end > 0) {
        yield bytes.subarray(0, end);
      }
      rest = bytes.slice(end);
      if (rest.length > longestLine) {
        throw new FormatError(
          `"${this.file}" has a line of more than ${longestLine} bytes; it is not a text of coordinates.`,
          { file: this.file, value: rest.length, limit: longestLine },
        );
      }
    }
    if (rest.length > 0) {
      yield rest;
    }
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** A line as a message quotes it: cut off where it is long, and nothing that a terminal would obey. */
export function quoted(line: string): string {
  const text = line.trimEnd().replace(/\p{Cc}/gu, '�');
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
