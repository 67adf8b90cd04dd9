import { randomBytes } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decompress, type InflationBounds } from "../../../../provider/agent/oci/decompress";
import { OciError } from "../../../../provider/agent/oci/oci-error";

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(source: AsyncIterable<Buffer>, bounds?: InflationBounds): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of decompress(source, bounds)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const [first, second] = [randomBytes(300_000), Buffer.alloc(300_000, "second")];
const whole = Buffer.concat([first, second]);
const skippable = Buffer.concat([Buffer.from([0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0]), Buffer.from("words")]);

describe("a layer", () => {
  test.each([
    ["plain", whole],
    ["gzip", gzipSync(whole)],
    ["gzip in two members", Buffer.concat([gzipSync(first), gzipSync(second)])],
    ["zstd", zstdCompressSync(whole)],
    ["zstd in two frames", Buffer.concat([zstdCompressSync(first), zstdCompressSync(second)])],
    [
      "zstd with skippable frames",
      Buffer.concat([skippable, zstdCompressSync(first), skippable, skippable, zstdCompressSync(second), skippable]),
    ],
  ])("of %s comes out whole, however it comes in", async (_title, packed) => {
    for (const size of [997, 65_536, packed.length]) expect((await read(cut(packed, size))).equals(whole)).toBe(true);
  });

  test("that is empty is empty", async () => {
    expect(await read(cut(Buffer.alloc(0), 1))).toHaveLength(0);
  });

  test.each([
    ["gzip", gzipSync(whole)],
    ["zstd", zstdCompressSync(whole)],
    ["zstd in two frames", Buffer.concat([zstdCompressSync(first), zstdCompressSync(second)])],
  ])("of %s that is cut off or changed is refused", async (_title, packed) => {
    await expect(read(cut(packed.subarray(0, -20), 1000))).rejects.toThrow(OciError);
    const changed = Buffer.from(packed);
    changed.fill(0xff, packed.length - 40, packed.length - 20);
    await expect(read(cut(changed, 1000))).rejects.toThrow(OciError);
  });

  test("whose source fails fails with the source's words", async () => {
    async function* broken() {
      yield gzipSync(whole).subarray(0, 1000);
      throw new Error("the line was cut");
    }
    await expect(read(broken())).rejects.toThrow("the line was cut");
  });

  test.each(["gzip", "zstd"])("of %s that grows beyond its bounds is refused as soon as it does", async (kind) => {
    const zeros = Buffer.alloc(4 * 1024 * 1024);
    const packed = kind === "gzip" ? gzipSync(zeros) : zstdCompressSync(zeros);
    const bounds = { mostBytes: 2 ** 40, freeBytes: 1024 * 1024, mostRatio: 10 };
    await expect(read(cut(packed, 512), bounds)).rejects.toThrow(/unpacks to more than/);
    await expect(read(cut(packed, 512), { ...bounds, mostBytes: 1000, mostRatio: 10_000 })).rejects.toThrow(/unpacks/);
    expect(await read(cut(packed, 512), { ...bounds, freeBytes: zeros.length })).toHaveLength(zeros.length);
  });

  test("that nobody reads to its end lets its source go", async () => {
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield gzipSync(whole);
      } finally {
        closed = true;
      }
    }
    for await (const piece of decompress(endless())) if (piece.length > 0) break;
    await expect.poll(() => closed).toBe(true);
  });
});
