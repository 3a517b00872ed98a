/** Bytes by range; nothing is read before it is asked for. */
export interface RandomAccessFile {
  /** Name for messages and for matching by extension (no folder). */
  readonly name: string;
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset`, in a buffer of their own.
   * @throws FormatError when the range passes the end; FileError when the file is gone, cannot be
   * read, or has changed since it was opened.
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}
