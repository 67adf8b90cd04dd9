/**
 * The frame around every libvirt message: a length that counts itself, six header words, the payload
 * (src/rpc/virnetprotocol.x of libvirt). FrameReader cuts a byte stream into frames; it holds at most one message of
 * the largest size that libvirt sends, and refuses a length outside these bounds before it stores anything for it.
 */
import { XdrError } from "./xdr";

const lengthBytes = 4;
const headerBytes = 28;
/** VIR_NET_MESSAGE_MAX, and the length word. */
const largestFrame = 32 * 1024 * 1024 + lengthBytes;

export interface FrameHeader {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
}

export interface Frame extends FrameHeader {
  readonly payload: Buffer;
}

export function encodeFrame(header: FrameHeader, payload: Buffer): Buffer {
  const frame = Buffer.alloc(headerBytes + payload.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(header.program, 4);
  frame.writeUInt32BE(header.version, 8);
  frame.writeInt32BE(header.procedure, 12);
  frame.writeUInt32BE(header.type, 16);
  frame.writeUInt32BE(header.serial, 20);
  frame.writeUInt32BE(header.status, 24);
  payload.copy(frame, headerBytes);
  return frame;
}

function decodeFrame(bytes: Buffer): Frame {
  return {
    program: bytes.readUInt32BE(4),
    version: bytes.readUInt32BE(8),
    procedure: bytes.readInt32BE(12),
    type: bytes.readUInt32BE(16),
    serial: bytes.readUInt32BE(20),
    status: bytes.readUInt32BE(24),
    payload: bytes.subarray(headerBytes),
  };
}

export class FrameReader {
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Length of the frame that is arriving; 0 until its length word is there. */
  #expected = 0;

  /** The frames that this chunk completes. Throws XdrError when the stream cannot be libvirt's. */
  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const frames: Frame[] = [];
    for (;;) {
      if (this.#expected === 0) {
        if (this.#buffered < lengthBytes) {
          return frames;
        }
        this.#expected = this.#join().readUInt32BE(0);
        if (this.#expected < headerBytes || this.#expected > largestFrame) {
          throw new XdrError(
            `a message claims ${this.#expected} bytes; libvirt's have ${headerBytes} to ${largestFrame}`,
          );
        }
      }
      if (this.#buffered < this.#expected) {
        return frames;
      }
      const bytes = this.#join();
      frames.push(decodeFrame(bytes.subarray(0, this.#expected)));
      const rest = bytes.subarray(this.#expected);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#buffered = rest.length;
      this.#expected = 0;
    }
  }

  /** One buffer of all that has arrived; chunks are joined only when a length or a whole frame is there. */
  #join(): Buffer {
    const [first, ...others] = this.#chunks;
    const joined = first !== undefined && others.length === 0 ? first : Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
