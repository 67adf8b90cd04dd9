import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SparseFile } from "../../../../../provider/agent/volumes/registry/sparse-file";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubevirt-sparse-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

let files = 0;
async function written(pieces: readonly Buffer[]): Promise<string> {
  files += 1;
  const path = join(folder, String(files));
  const file = await SparseFile.create(path, { reserveBytes: 0 });
  for (const piece of pieces) await file.write(piece);
  const length = await file.finish(0o400);
  expect(length).toBe(pieces.reduce((sum, piece) => sum + piece.length, 0));
  return path;
}

describe("a sparse file", () => {
  test("has every byte, whatever the pieces", async () => {
    const piece = fc
      .tuple(fc.integer({ min: 0, max: 200_000 }), fc.constantFrom(0, 7), fc.nat(199_999))
      .map(([size, fill, spot]) => {
        const bytes = Buffer.alloc(size, fill);
        if (spot < size) bytes[spot] = 1;
        return bytes;
      });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        expect(readFileSync(await written(pieces)).equals(Buffer.concat(pieces))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test("takes no room for zeros, at the end neither", async () => {
    const path = await written([Buffer.alloc(5_000_000), Buffer.from("x"), Buffer.alloc(5_000_000)]);
    const { blocks, size } = statSync(path);
    expect(size).toBe(10_000_001);
    expect(blocks * 512).toBeLessThanOrEqual(64 * 1024);
  });

  test("stops before it takes what has to stay free", async () => {
    const file = await SparseFile.create(join(folder, "full"), { reserveBytes: 2 ** 60 });
    await file.write(Buffer.alloc(100));
    await expect(file.write(Buffer.from("x"))).rejects.toMatchObject({ code: "ENOSPC" });
    await file.abandon();
    await file.abandon();
  });

  test("is never written over another", async () => {
    await written([Buffer.from("x")]);
    await expect(SparseFile.create(join(folder, String(files)), { reserveBytes: 0 })).rejects.toThrow(/EEXIST/);
  });
});
