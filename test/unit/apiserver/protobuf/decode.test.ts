import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeProtobuf } from "../../../../provider/apiserver/protobuf/decode";
import { ApiError } from "../../../../provider/apiserver/status";

/** A field of bytes: tag, length, content. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  if (bytes.length > 127) throw new Error("too long for one length byte");
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}

function message(apiVersion: string, kind: string, raw: Buffer): Buffer {
  const typeMeta = Buffer.concat([field(1, apiVersion), field(2, kind)]);
  return Buffer.concat([Buffer.from("k8s\0"), field(1, typeMeta), field(2, raw)]);
}

describe("protobuf bodies", () => {
  it("are read as the object they stand for", () => {
    const labels = field(11, Buffer.concat([field(1, "a"), field(2, "b")]));
    const metadata = Buffer.concat([field(1, "keys"), labels, field(14, "x.y/z"), field(8, "")]);
    const data = field(2, Buffer.concat([field(1, "k"), field(2, Buffer.from([0xff, 0]))]));
    const immutable = Buffer.from([5 * 8, 1]);
    const unknown = field(9, "later");
    const raw = Buffer.concat([field(1, metadata), data, field(3, "Opaque"), immutable, unknown]);
    expect(decodeProtobuf(message("v1", "Secret", raw))).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "keys", labels: { a: "b" }, finalizers: ["x.y/z"], creationTimestamp: null },
      data: { k: "/wA=" },
      type: "Opaque",
      immutable: true,
    });
  });

  it("of a kind that is read as JSON alone get a 415", () => {
    expect(() => decodeProtobuf(message("v1", "Pod", Buffer.alloc(0)))).toThrow(
      expect.objectContaining({ code: 415 }) as Error,
    );
  });

  it("never crash the reader, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          decodeProtobuf(message("v1", "Secret", Buffer.from(bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
    );
  });
});
