/** Exact numbers of bytes out of a stream that comes in pieces of any size. */

export class ByteReader {
  readonly #iterator: AsyncIterator<Buffer>;
  readonly #cutOff: () => Error;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of the part begun last that nobody has read. */
  unread = 0;

  /** `cutOff` makes the error for a source that ends too early. */
  constructor(source: AsyncIterable<Buffer>, cutOff: () => Error) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#cutOff = cutOff;
  }

  async atEnd(): Promise<boolean> {
    return this.#rest.length === 0 && !(await this.#more());
  }

  async exactly(size: number): Promise<Buffer> {
    if (this.#rest.length >= size) return this.#take(size);
    const pieces: Buffer[] = [];
    for await (const piece of this.part(size)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** The next bytes as they come. Whoever stops early finds in `unread` how many are left. */
  part(size: number): AsyncGenerator<Buffer, void, void> {
    this.unread = size;
    return this.#remaining();
  }

  async skip(size: number): Promise<void> {
    for await (const _ of this.part(size));
  }

  /** Whatever is there already, or else the next piece. Empty at the end. */
  async next(): Promise<Buffer> {
    return (await this.atEnd()) ? Buffer.alloc(0) : this.#take(this.#rest.length);
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  async *#remaining(): AsyncGenerator<Buffer, void, void> {
    while (this.unread > 0) {
      if (await this.atEnd()) throw this.#cutOff();
      const piece = this.#take(this.unread);
      this.unread -= piece.length;
      yield piece;
    }
  }

  #take(most: number): Buffer {
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** False at the end of the source. */
  async #more(): Promise<boolean> {
    for (;;) {
      const next = await this.#iterator.next();
      if (next.done === true) return false;
      if (next.value.length > 0) {
        this.#rest = next.value;
        return true;
      }
    }
  }
}
