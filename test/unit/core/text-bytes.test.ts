import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, utf8Bytes, utf8Length } from "../../../provider/core/text-bytes";

describe("bytes of text", () => {
  it("are those of UTF-8, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect([...utf8Bytes(text)]).toEqual([...Buffer.from(text, "utf8")]);
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      }),
    );
  });

  it.each([0x7f, 0x80, 0x7ff, 0x800, 0x8ff, 0xffff, 0x10000, 0x10ffff])(
    "are right at the bounds of each length: U+%i",
    (code) => {
      const text = String.fromCodePoint(code);
      expect([...utf8Bytes(text)]).toEqual([...Buffer.from(text, "utf8")]);
      expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    },
  );

  it("replaces a lone surrogate as every encoder does", () => {
    expect([...utf8Bytes("a\ud800b")]).toEqual([...Buffer.from("a\ud800b", "utf8")]);
  });
});

describe("base64", () => {
  it("gives back any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64(Buffer.from(bytes).toString("base64"))).toEqual(bytes);
      }),
    );
  });

  it("ignores line breaks and spare bits", () => {
    expect(decodeBase64("aGVs\r\nbG8=")).toEqual(new Uint8Array(Buffer.from("hello")));
    expect(decodeBase64("YR==")).toEqual(new Uint8Array(Buffer.from("a")));
  });

  it.each(["!", "====", "a", "ab", "abc", "aGVs bG8=", "aGVsbG8=x", "YQ=", "YQ===", "-_-_"])("refuses %j", (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});
