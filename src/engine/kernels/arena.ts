import { Failure, OutOfMemoryError } from '../../failures';
import { pageBytes } from './layout';

const alignment = 64;

/**
 * Memory the kernels can reach, handed out like a stack: what is allocated inside a `scope` is
 * free again when the scope ends. The garbage collector knows nothing of it.
 */
export class Arena {
  private top: number;
  /** Ends with the last of the async scopes so far. */
  private asyncScopes: Promise<void> = Promise.resolve();
  /** Every growth makes a new buffer object over the same memory. */
  private readonly buffers = new WeakSet<ArrayBufferLike>();

  /** @param end fixed upper limit in bytes; without it the memory grows up to `limit()`. */
  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly start: number,
    private readonly end?: number,
    private readonly limit: () => number = () => Infinity,
  ) {
    this.top = start;
  }

  /** Bytes handed out at the moment. */
  get used(): number {
    return this.top - this.start;
  }

  /** `count` f64 values at an address divisible by 64; their contents are arbitrary. */
  doubles(count: number): Float64Array {
    const address = this.reserve(count * 8);
    return new Float64Array(this.buffer(), address, count);
  }

  /** `count` f32 values; their contents are arbitrary. */
  singles(count: number): Float32Array {
    const address = this.reserve(count * 4);
    return new Float32Array(this.buffer(), address, count);
  }

  /** `count` unsigned integers of 32 bits; their contents are arbitrary. */
  words(count: number): Uint32Array {
    const address = this.reserve(count * 4);
    return new Uint32Array(this.buffer(), address, count);
  }

  /** `count` f64 zeros. */
  zeros(count: number): Float64Array {
    return this.doubles(count).fill(0);
  }

  /** The address of `bytes` bytes. @throws OutOfMemoryError when the limit does not allow it. */
  reserve(bytes: number): number {
    const address = this.top;
    const next = address + Math.ceil(bytes / alignment) * alignment;
    if (this.end !== undefined) {
      if (next > this.end) {
        throw new Failure(
          'internal',
          `A workspace of ${this.end - this.start} bytes is too small.`,
        );
      }
    } else if (next > this.memory.buffer.byteLength) {
      this.grow(next);
    }
    this.top = next;
    return address;
  }

  /** Runs `use`; what it allocated is free again afterwards. Its arrays must not leave it. */
  scope<T>(use: () => T): T {
    const mark = this.top;
    try {
      return use();
    } finally {
      this.top = mark;
    }
  }

  /**
   * As {@link scope}, for work that waits. One such scope is open at a time; the next waits for its
   * end, so they do not nest.
   */
  async asyncScope<T>(use: () => Promise<T>): Promise<T> {
    const before = this.asyncScopes;
    const { promise, resolve } = settleLater();
    this.asyncScopes = before.then(() => promise);
    await before;
    const mark = this.top;
    try {
      return await use();
    } finally {
      this.top = mark;
      resolve();
    }
  }

  /** Whether `data` lies in this memory, so that its `byteOffset` is an address for kernels. */
  holds(data: ArrayBufferView): boolean {
    return this.buffers.has(data.buffer);
  }

  private buffer(): ArrayBufferLike {
    const { buffer } = this.memory;
    this.buffers.add(buffer);
    return buffer;
  }

  private grow(bytes: number): void {
    const limit = this.limit();
    const needed = Math.ceil((bytes - this.memory.buffer.byteLength) / pageBytes);
    try {
      if (bytes > limit) {
        throw new RangeError('over the limit');
      }
      // A quarter more at a time, so that growing step by step does not cost a call each.
      const ample = Math.min(
        Math.max(needed, Math.ceil(this.memory.buffer.byteLength / 4 / pageBytes)),
        Math.max(needed, Math.floor((limit - this.memory.buffer.byteLength) / pageBytes)),
      );
      this.memory.grow(Number.isFinite(ample) ? ample : needed);
    } catch (cause) {
      const megabytes = Math.ceil(bytes / 2 ** 20);
      throw new OutOfMemoryError(
        `The engine needs ${megabytes} MB for its matrices, more than it may use. ` +
          'In VS Code the setting tensorpress.memoryLimit raises the limit.',
        { value: bytes, limit: Math.min(limit, 65536 * pageBytes) },
        { cause },
      );
    }
  }
}

function settleLater(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
