import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { XdrDecoder, XdrEncoder, XdrError } from "../../../provider/libvirt/xdr";

const hex = (encoder: XdrEncoder) => encoder.bytes().toString("hex");
const decoder = (text: string) => new XdrDecoder(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("XDR encoding", () => {
  it("writes each kind of item as RFC 4506 lays it down", () => {
    expect(hex(new XdrEncoder().int(-2))).toBe("fffffffe");
    expect(hex(new XdrEncoder().unsigned(4_000_000_000))).toBe("ee6b2800");
    expect(hex(new XdrEncoder().string("abcde"))).toBe("00000005" + "6162636465000000");
    expect(hex(new XdrEncoder().optionalString(undefined))).toBe("00000000");
    expect(hex(new XdrEncoder().optionalString(""))).toBe("00000001" + "00000000");
    expect(hex(new XdrEncoder().fixed(Buffer.from([1, 2, 3])))).toBe("01020300");
  });

  it("counts the bytes of a string, not its characters", () => {
    expect(hex(new XdrEncoder().string("é"))).toBe("00000002" + "c3a90000");
  });

  it("refuses a string with a NUL, which libvirt would cut there", () => {
    expect(() => new XdrEncoder().string("a\0b")).toThrow(XdrError);
  });

  it("gives back what was put in", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        (text, number) => {
          const clean = text.replaceAll("\0", "");
          const read = new XdrDecoder(new XdrEncoder().string(clean).int(number).optionalString(clean).bytes());
          expect([read.string(), read.int(), read.optionalString(), read.remaining]).toEqual([clean, number, clean, 0]);
        },
      ),
    );
  });
});

describe("XDR decoding of hostile bytes", () => {
  it("refuses a string that claims more bytes than there are", () => {
    expect(() => decoder("7fffffff 61626364").string()).toThrow(/claims 2147483647 bytes where 4 are left/);
    expect(() => decoder("ffffffff").string()).toThrow(XdrError);
  });

  it("refuses a string whose padding is missing", () => {
    expect(() => decoder("00000001 61").string()).toThrow(XdrError);
  });

  it("refuses a list that claims more items than fit into the message or are allowed", () => {
    expect(() => decoder("40000000 00000001").array(16_384, () => 0)).toThrow(XdrError);
    expect(() => decoder("00000003 00000001 00000002 00000003").array(2, () => 0)).toThrow(/2 are allowed/);
  });

  it("refuses a presence flag that is neither 0 nor 1", () => {
    expect(() => decoder("00000002 00000000").optionalString()).toThrow(/2 is not a presence flag/);
  });

  it("refuses a number that would lose digits", () => {
    expect(decoder("001fffffffffffff").unsignedHyper()).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => decoder("0020000000000000").unsignedHyper()).toThrow(XdrError);
  });

  it("refuses to read past the end", () => {
    expect(() => decoder("0000").int()).toThrow(/ends 2 bytes too early/);
  });

  it("answers any bytes with a value or an XdrError, never with anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const read = new XdrDecoder(Buffer.from(bytes));
        try {
          read.array(100, () => [read.string(), read.optionalString(), read.hyper(), read.fixed(16), read.int()]);
        } catch (error) {
          expect(error).toBeInstanceOf(XdrError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
