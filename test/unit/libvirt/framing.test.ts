import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, FrameReader } from "../../../provider/libvirt/framing";
import { XdrError } from "../../../provider/libvirt/xdr";

const header = { program: 0x20008086, version: 1, procedure: 273, type: 1, serial: 7, status: 0 };

function lengthWord(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

describe("FrameReader", () => {
  it("finds the same frames however the stream is cut", () => {
    const payloads = ["", "one", "a longer payload"].map((text) => Buffer.from(text));
    const stream = Buffer.concat(payloads.map((payload, serial) => encodeFrame({ ...header, serial }, payload)));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 10 }), (cuts) => {
        const reader = new FrameReader();
        const bounds = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const frames = bounds.slice(1).flatMap((end, index) => reader.push(stream.subarray(bounds[index], end)));
        expect(frames).toEqual(payloads.map((payload, serial) => ({ ...header, serial, payload })));
      }),
    );
  });

  it.each([0, 4, 27, 32 * 1024 * 1024 + 5, 0xffffffff])("refuses a length of %d at once", (length) => {
    expect(() => new FrameReader().push(lengthWord(length))).toThrow(XdrError);
  });

  it("takes a large frame in small pieces in time that grows with its size", () => {
    const frame = encodeFrame(header, Buffer.alloc(8 * 1024 * 1024));
    const reader = new FrameReader();
    const began = performance.now();
    let found = 0;
    for (let offset = 0; offset < frame.length; offset += 4096) {
      found += reader.push(frame.subarray(offset, offset + 4096)).length;
    }
    expect(found).toBe(1);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
