import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeImage } from "../../../../provider/agent/volumes/image-header";

interface Qcow2 {
  version: number;
  backingOffset: bigint;
  backingLength: number;
  clusterBits: number;
  virtualBytes: bigint;
  encryption: number;
  incompatible: bigint;
}

/** A qcow2 header that is good but for what a test changes. */
function qcow2(change: Partial<Qcow2> = {}): Buffer {
  const header: Qcow2 = {
    version: 3,
    backingOffset: 0n,
    backingLength: 0,
    clusterBits: 16,
    virtualBytes: 16n * 1024n * 1024n,
    encryption: 0,
    incompatible: 0n,
    ...change,
  };
  const bytes = Buffer.alloc(512);
  bytes.write("QFI\xfb", "latin1");
  bytes.writeUInt32BE(header.version, 4);
  bytes.writeBigUInt64BE(header.backingOffset, 8);
  bytes.writeUInt32BE(header.backingLength, 16);
  bytes.writeUInt32BE(header.clusterBits, 20);
  bytes.writeBigUInt64BE(header.virtualBytes, 24);
  bytes.writeUInt32BE(header.encryption, 32);
  bytes.writeBigUInt64BE(header.incompatible, 72);
  bytes.writeUInt32BE(104, 100);
  return bytes;
}

describe("judgeImage", () => {
  it("takes a plain qcow2 of either version", () => {
    expect(judgeImage(qcow2())).toEqual({ kind: "qcow2", virtualBytes: 16 * 1024 * 1024 });
    expect(judgeImage(qcow2({ version: 2 }))).toEqual({ kind: "qcow2", virtualBytes: 16 * 1024 * 1024 });
  });

  it("takes a qcow2 that was not closed, is compressed, or has extended L2 entries", () => {
    for (const bit of [0n, 3n, 4n]) {
      expect(judgeImage(qcow2({ incompatible: 1n << bit })).kind).toBe("qcow2");
    }
  });

  it("takes anything without a known magic for a raw disk", () => {
    const bootSector = Buffer.alloc(512);
    bootSector.writeUInt16LE(0xaa55, 510);
    expect(judgeImage(bootSector)).toEqual({ kind: "raw" });
    expect(judgeImage(Buffer.from("x"))).toEqual({ kind: "raw" });
  });

  it.each([
    ["a backing file by offset", { backingOffset: 0x200n }, /backing file; flatten it first/],
    ["a backing file by length", { backingLength: 11 }, /backing file/],
    ["AES encryption", { encryption: 1 }, /is encrypted/],
    ["LUKS encryption", { encryption: 2 }, /is encrypted/],
    ["an external data file", { incompatible: 0x4n }, /keeps its data in another file/],
    ["damage", { incompatible: 0x2n }, /marked as corrupt/],
    ["a feature nobody knows", { incompatible: 1n << 40n }, /not known here \(0x10000000000\)/],
    ["an absurd size", { virtualBytes: 2n ** 63n - 1n }, /claims to hold a disk of 9223372036854775807 bytes/],
    ["a size just above the limit", { virtualBytes: 64n * 1024n ** 4n + 1n }, /claims to hold/],
    ["no size", { virtualBytes: 0n }, /claims to hold a disk of 0 bytes/],
    ["tiny clusters", { clusterBits: 8 }, /clusters of 2\^8/],
    ["huge clusters", { clusterBits: 63 }, /clusters of 2\^63/],
    ["a version from the future", { version: 4 }, /version 4/],
    ["version 1, which has another layout", { version: 1 }, /version 1/],
  ])("refuses a qcow2 with %s", (_title, change, text) => {
    const verdict = judgeImage(qcow2(change));
    expect(verdict).toMatchObject({ kind: "refused", why: expect.stringMatching(text) });
  });

  it("refuses a header that is cut off, at any byte", () => {
    for (let length = 4; length < 104; length += 1) {
      expect(judgeImage(qcow2().subarray(0, length)).kind).toBe("refused");
    }
  });

  it.each([
    ["KDMV", "a VMDK image"],
    ["# Disk DescriptorFile", "a VMDK descriptor"],
    ["vhdxfile", "a VHDX image"],
    ["conectix", "a VHD image"],
    ["\x1f\x8b\x08", "compressed with gzip"],
    ["\xfd7zXZ\0", "compressed with xz"],
    ["\x28\xb5\x2f\xfd", "compressed with zstd"],
  ])("refuses %j and says what it is and how to convert it", (magic, what) => {
    const verdict = judgeImage(Buffer.concat([Buffer.from(magic, "latin1"), Buffer.alloc(512)]));
    expect(verdict).toMatchObject({ kind: "refused", why: expect.stringContaining(`is ${what}; convert it first`) });
  });

  it("refuses an empty file", () => {
    expect(judgeImage(Buffer.alloc(0))).toEqual({ kind: "refused", why: "is empty" });
  });

  it("never lets a qcow2 through that names a file or a key, whatever its other bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 200 }), (tail) => {
        const bytes = Buffer.concat([Buffer.from([0x51, 0x46, 0x49, 0xfb]), Buffer.from(tail)]);
        const verdict = judgeImage(bytes);
        expect(verdict.kind).not.toBe("raw");
        if (verdict.kind === "qcow2") {
          expect([bytes.readBigUInt64BE(8), bytes.readUInt32BE(32)]).toEqual([0n, 0]);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
