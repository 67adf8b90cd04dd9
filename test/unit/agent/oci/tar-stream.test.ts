import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OciError } from "../../../../provider/agent/oci/oci-error";
import { tarEntries } from "../../../../provider/agent/oci/tar-stream";
import { buildTar, paxEntry } from "../../../builders/tar";

async function* cut(archive: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < archive.length; start += size) yield archive.subarray(start, start + size);
}

async function read(archive: Buffer, size = 1000): Promise<readonly [string, string, string][]> {
  const found: [string, string, string][] = [];
  for await (const { name, type, content } of tarEntries(cut(archive, size))) {
    const pieces: Buffer[] = [];
    for await (const piece of content) pieces.push(piece);
    found.push([name, type, Buffer.concat(pieces).toString()]);
  }
  return found;
}

describe("an archive", () => {
  test.each(["gnu", "posix", "ustar"])(
    "of the tar program, in the format %s, is read entry by entry",
    async (format) => {
      const folder = mkdtempSync(join(tmpdir(), "kubevirt-tar-"));
      try {
        const long = format === "ustar" ? "b.img" : `${"long-".repeat(30)}ü.img`;
        writeFileSync(join(folder, "a.img"), "first");
        writeFileSync(join(folder, long), "x".repeat(5000));
        const names = ["a.img", long];
        const archive = execFileSync("tar", ["--format", format, "-C", folder, "-cf", "-", "--", ...names]);
        for (const size of [1, 511, 512, 100_000]) {
          expect(await read(archive, size)).toEqual([
            ["a.img", "file", "first"],
            [long, "file", "x".repeat(5000)],
          ]);
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  test("may have its content skipped, in part or as a whole", async () => {
    const archive = buildTar(
      { name: "a", content: Buffer.alloc(5000, "a") },
      { name: "b", content: Buffer.alloc(5000, "b") },
      { name: "c", content: Buffer.from("c") },
    );
    const names: string[] = [];
    for await (const { name, content } of tarEntries(cut(archive, 700))) {
      names.push(name);
      if (name === "b") for await (const piece of content) if (piece.length > 0) break;
    }
    expect(names).toEqual(["a", "b", "c"]);
  });

  test("takes names and sizes from the extended header of the entry, once", async () => {
    const archive = buildTar(
      paxEntry({ comment: "for all" }, "g"),
      paxEntry({ path: "pax name", size: "3" }),
      { name: "short", content: Buffer.from("abc"), size: 0 },
      { name: "next", content: Buffer.from("d") },
    );
    expect(await read(archive)).toEqual([
      ["pax name", "file", "abc"],
      ["next", "file", "d"],
    ]);
  });

  test("need not end with blocks of zeros, and may have more of them", async () => {
    const archive = buildTar({ name: "a", content: Buffer.from("x") });
    expect(await read(archive.subarray(0, 1024))).toHaveLength(1);
    expect(await read(Buffer.concat([archive, Buffer.alloc(100_000)]))).toHaveLength(1);
  });

  test.each([
    ["a changed header", (archive: Buffer) => archive.fill("y", 0, 1)],
    ["a cut-off end", (archive: Buffer) => archive.subarray(0, 700)],
    ["a cut-off header", (archive: Buffer) => archive.subarray(0, 100)],
    ["something behind its end", (archive: Buffer) => Buffer.concat([archive, Buffer.from("x")])],
  ])("with %s is refused", async (_title, change) => {
    await expect(read(change(buildTar({ name: "x", content: Buffer.alloc(600, "x") })))).rejects.toThrow(OciError);
  });

  test("of any bytes at all is entries or an OciError", async () => {
    const archive = buildTar(paxEntry({ path: "p" }), { name: "a", content: Buffer.from("x") });
    const noise = fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(noise, fc.integer({ min: 1, max: 2000 }), async (changes, size) => {
        const changed = Buffer.from(archive);
        for (const [offset, byte] of changes) changed[offset] = byte;
        await read(changed, size).catch((error: unknown) => expect(error).toBeInstanceOf(OciError));
      }),
    );
  });
});
