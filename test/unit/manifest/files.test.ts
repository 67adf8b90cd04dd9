import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readManifests } from "../../../provider/manifest";

let root = "";
const path = (...parts: string[]) => join(root, ...parts);
const put = (name: string, text: string | Uint8Array) => writeFileSync(path(name), text);
const kinds = (...paths: string[]) => {
  const { objects, faults } = readManifests(paths);
  return { kinds: objects.map(({ object }) => object.kind), faults: faults.map(({ message }) => message) };
};

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "manifests-"));
  for (const folder of ["tree", "tree/b", "tree/.git", "empty", "many"]) mkdirSync(path(folder));
  put("tree/b/2.yml", "kind: B");
  put("tree/c.json", '{"kind": "C"}');
  put("tree/a.yaml", "kind: A");
  put("tree/notes.txt", "no manifest");
  put("tree/.git/x.yaml", "kind: Hidden");
  symlinkSync("..", path("tree/b/loop"));
  symlinkSync("nowhere", path("many/broken.yaml"));
});

afterAll(() => rmSync(root, { recursive: true }));

describe("the files of a command", () => {
  it("are those below a folder in order, without hidden ones, each once however folders are linked", () => {
    expect(kinds(path("tree"))).toEqual({ kinds: ["A", "B", "C"], faults: [] });
  });

  it("keep the order in which they are named, and count once when they are named twice", () => {
    expect(kinds(path("tree/c.json"), path("tree/a.yaml"), path("tree/c.json")).kinds).toEqual(["C", "A"]);
  });

  it("that cannot be read are said by name, and the others are read", () => {
    put("latin1.yaml", new Uint8Array([0x61, 0x3a, 0x20, 0xe9]));
    expect(kinds(path("gone.yaml"), path("tree/a.yaml"), path("empty"), path("latin1.yaml"), path("many"))).toEqual({
      kinds: ["A"],
      faults: [
        `${path("gone.yaml")}: there is no such file or folder`,
        `${path("empty")}: the folder has no *.yaml, *.yml or *.json file`,
        `${path("latin1.yaml")}: is not UTF-8 text; save it as UTF-8`,
        `${path("many/broken.yaml")}: there is no such file or folder`,
      ],
    });
  });

  it("may begin with a byte order mark, and are refused when they are too large or never end", () => {
    put("bom.yaml", "\ufeffkind: A");
    expect(kinds(path("bom.yaml"))).toEqual({ kinds: ["A"], faults: [] });
    put("large.yaml", `# ${"x".repeat(4 * 1024 * 1024)}`);
    const tooLarge = "is larger than 4 MiB; split it into several files";
    expect(kinds(path("large.yaml"), "/dev/zero").faults).toEqual([
      `${path("large.yaml")}: ${tooLarge}`,
      `/dev/zero: ${tooLarge}`,
    ]);
  });

  it("without any object are an error", () => {
    put("comments.yaml", "# nothing\n---\n");
    expect(kinds(path("comments.yaml")).faults).toEqual([
      `${path("comments.yaml")}: holds no object, only empty documents; is this the right file?`,
    ]);
  });
});
