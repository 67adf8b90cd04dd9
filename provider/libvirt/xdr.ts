/**
 * XDR (RFC 4506), the encoding of libvirt's messages: big-endian, every item a multiple of four bytes. The decoder is
 * bounded: a length is believed only after it has been compared with a limit and with the bytes that are there, so a
 * hostile or broken peer costs an XdrError, never memory.
 */

/** Longest string that libvirt itself sends or accepts (REMOTE_STRING_MAX). */
const longestString = 4 * 1024 * 1024;

export class XdrError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "XdrError";
  }
}

function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}

export class XdrEncoder {
  readonly #parts: Buffer[] = [];

  int(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    this.#parts.push(part);
    return this;
  }

  unsigned(value: number): this {
    const part = Buffer.alloc(4);
    part.writeUInt32BE(value);
    this.#parts.push(part);
    return this;
  }

  unsignedHyper(value: bigint): this {
    const part = Buffer.alloc(8);
    part.writeBigUInt64BE(value);
    this.#parts.push(part);
    return this;
  }

  /** Bytes of a length that both sides know. */
  fixed(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes), Buffer.alloc(padding(bytes.length)));
    return this;
  }

  string(value: string): this {
    const bytes = Buffer.from(value, "utf8");
    if (bytes.length > longestString) {
      throw new XdrError(`a string of ${bytes.length} bytes is longer than libvirt takes (${longestString})`);
    }
    // libvirt hands strings to C: it would silently cut them at the first NUL.
    if (bytes.includes(0)) {
      throw new XdrError("a string for libvirt must not contain a NUL character");
    }
    return this.unsigned(bytes.length).fixed(bytes);
  }

  optionalString(value: string | undefined): this {
    return value === undefined ? this.unsigned(0) : this.unsigned(1).string(value);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

export class XdrDecoder {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  int(): number {
    return this.#take(4).readInt32BE();
  }

  unsigned(): number {
    return this.#take(4).readUInt32BE();
  }

  /** An unsigned hyper as a number; refused above 2^53, where a number would no longer be exact. */
  unsignedHyper(): number {
    const value = this.#take(8).readBigUInt64BE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new XdrError(`${value} is too large for this protocol field`);
    }
    return Number(value);
  }

  /** A signed hyper. */
  hyper(): bigint {
    return this.#take(8).readBigInt64BE();
  }

  /** Bytes of a length that both sides know. */
  fixed(length: number): Buffer {
    const bytes = Buffer.from(this.#take(length));
    this.#take(padding(length));
    return bytes;
  }

  string(): string {
    const length = this.unsigned();
    if (length > longestString || length > this.remaining) {
      throw new XdrError(`a string claims ${length} bytes where ${this.remaining} are left`);
    }
    return this.fixed(length).toString("utf8");
  }

  optionalString(): string | undefined {
    return this.#present() ? this.string() : undefined;
  }

  /** An optional item; `undefined` when it is absent. */
  optional<T>(decode: () => T): T | undefined {
    return this.#present() ? decode() : undefined;
  }

  /** A counted list. Each item takes at least four bytes, so a count beyond that is a lie. */
  array<T>(limit: number, decode: () => T): T[] {
    const count = this.unsigned();
    if (count > limit || count * 4 > this.remaining) {
      throw new XdrError(
        `a list claims ${count} items where ${this.remaining} bytes are left and ${limit} are allowed`,
      );
    }
    const items: T[] = [];
    for (let index = 0; index < count; index += 1) {
      items.push(decode());
    }
    return items;
  }

  #present(): boolean {
    const flag = this.unsigned();
    if (flag > 1) {
      throw new XdrError(`${flag} is not a presence flag (0 or 1)`);
    }
    return flag === 1;
  }

  #take(length: number): Buffer {
    if (length > this.remaining) {
      throw new XdrError(`the message ends ${length - this.remaining} bytes too early`);
    }
    const part = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return part;
  }
}
