import type { Thumbnail } from '../../src/protocol/inspector';

/** Rows that scroll by are not asked for, only those that stay. */
const quietMs = 200;

/**
 * A batch is what the engine works on before anything else gets its turn: a few tensors, and no
 * more bytes than are read in a moment.
 */
const mostTensors = 8;
const mostBytes = 2 ** 25;

/** Pictures of 24 x 24 bytes: some megabytes, even of a file with very many tensors. */
const mostKept = 4096;

export interface PicturedTensor {
  readonly name: string;
  readonly bytes: number;
}

interface Wanted extends PicturedTensor {
  readonly listeners: Set<(picture: Thumbnail) => void>;
}

/**
 * Small pictures of the tensors in view, in small batches. What has been scrolled away is not
 * asked for, or no longer; what has arrived is kept.
 */
export class ThumbnailLoader {
  private readonly wanted = new Map<string, Wanted>();
  private readonly known = new Map<string, Thumbnail>();
  /** Asked for in vain, and not to be asked for again. */
  private readonly missing = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: { readonly stop: AbortController; readonly open: Set<string> } | undefined;

  constructor(
    private readonly load: (
      tensors: readonly string[],
      signal: AbortSignal,
      onPart: (part: Thumbnail) => void,
    ) => Promise<unknown>,
  ) {}

  /** Calls `listener` with the picture, now or later, until the result is called. */
  want({ bytes, name }: PicturedTensor, listener: (picture: Thumbnail) => void): () => void {
    const one = this.wanted.get(name) ?? { name, bytes, listeners: new Set() };
    this.wanted.set(name, one);
    one.listeners.add(listener);
    const picture = this.known.get(name);
    if (picture) {
      listener(picture);
    } else {
      this.schedule();
    }
    return () => this.leave(one, listener);
  }

  /** Hands every picture in view out again, to be painted in other colours. */
  repaint(): void {
    for (const { listeners, name } of this.wanted.values()) {
      const picture = this.known.get(name);
      if (picture) {
        listeners.forEach((listener) => listener(picture));
      }
    }
  }

  /** Forgets the pictures, because the file has changed, and asks anew for those in view. */
  clear(): void {
    this.running?.stop.abort();
    this.running = undefined;
    this.known.clear();
    this.missing.clear();
    this.schedule();
  }

  private leave(one: Wanted, listener: (picture: Thumbnail) => void): void {
    one.listeners.delete(listener);
    if (one.listeners.size > 0 || this.wanted.get(one.name) !== one) {
      return;
    }
    this.wanted.delete(one.name);
    if (this.running && [...this.running.open].every((name) => !this.wanted.has(name))) {
      this.running.stop.abort();
      this.running = undefined;
      this.schedule();
    }
  }

  private schedule(): void {
    if (!this.running) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.loadNext(), quietMs);
    }
  }

  private async loadNext(): Promise<void> {
    for (let batch = this.nextBatch(); batch.length > 0; batch = this.nextBatch()) {
      const stop = new AbortController();
      const open = new Set(batch);
      this.running = { stop, open };
      const take = (picture: Thumbnail) => {
        if (!stop.signal.aborted) {
          open.delete(picture.tensor);
          this.keep(picture);
        }
      };
      // Pictures adorn the table; why there are none is in the log.
      await this.load(batch, stop.signal, take).catch(() => {});
      if (stop.signal.aborted) {
        return;
      }
      this.running = undefined;
      open.forEach((name) => this.missing.add(name));
    }
  }

  private nextBatch(): string[] {
    const batch: string[] = [];
    let bytes = 0;
    for (const one of this.wanted.values()) {
      if (this.known.has(one.name) || this.missing.has(one.name)) {
        continue;
      }
      if (batch.length > 0 && (batch.length >= mostTensors || bytes + one.bytes > mostBytes)) {
        break;
      }
      batch.push(one.name);
      bytes += one.bytes;
    }
    return batch;
  }

  private keep(picture: Thumbnail): void {
    this.known.set(picture.tensor, picture);
    for (const name of this.known.keys()) {
      if (this.known.size <= mostKept) {
        break;
      }
      if (!this.wanted.has(name)) {
        this.known.delete(name);
      }
    }
    this.wanted.get(picture.tensor)?.listeners.forEach((listener) => listener(picture));
  }
}
