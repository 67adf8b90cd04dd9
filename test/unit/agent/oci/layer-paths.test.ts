import { describe, expect, test } from "vitest";
import { LayerPaths, normalizePath } from "../../../../provider/agent/oci/layer-paths";

/** Layers from the highest to the lowest; folders end with "/". Returns the visible paths. */
function visible(...layers: readonly (readonly string[])[]): readonly string[] {
  const paths = new LayerPaths();
  const seen: string[] = [];
  for (const layer of layers) {
    for (const name of layer) {
      if (paths.see(normalizePath(name), name.endsWith("/")) === "visible") seen.push(name);
    }
    paths.endLayer();
  }
  return seen;
}

describe("paths of layers", () => {
  test.each<[string, readonly (readonly string[])[], readonly string[]]>([
    ["a file hides its lower namesake", [["a"], ["./a", "b"]], ["a", "b"]],
    ["a file hides what is below it", [["a"], ["a/", "a/b", "ab"]], ["a", "ab"]],
    ["a folder hides a file of its name, and nothing else", [["a/"], ["a", "a/b"]], ["a/", "a/b"]],
    [
      "a folder lets a folder's files through",
      [
        ["a/", "a/x"],
        ["a/", "a/y"],
      ],
      ["a/", "a/x", "a/y"],
    ],
    ["a whiteout removes a file below", [["a/.wh.b"], ["a/b", "a/c"]], ["a/c"]],
    ["a whiteout removes a folder with all in it", [[".wh.a"], ["a/b/c", "b"]], ["b"]],
    ["a whiteout removes nothing of its own layer", [[".wh.a", "a"], ["a"]], ["a"]],
    ["a whiteout reaches through layers between", [[".wh.a"], ["b"], ["a"]], ["b"]],
    [
      "an opaque mark empties its folder below",
      [
        ["a/.wh..wh..opq", "a/x"],
        ["a/y", "a/b/z", "b"],
      ],
      ["a/x", "b"],
    ],
    [
      "an opaque root empties all below",
      [
        [".wh..wh..opq", "x"],
        ["a/y", "b"],
      ],
      ["x"],
    ],
  ])("%s", (_title, layers, expected) => {
    expect(visible(...layers)).toEqual(expected);
  });

  test("are spelled in one way, and none leads out", () => {
    expect(["./disk/a", "/disk//a", "disk/./a/"].map(normalizePath)).toEqual(["disk/a", "disk/a", "disk/a"]);
    expect(["./", "/", "."].map(normalizePath)).toEqual(["", "", ""]);
    for (const name of ["..", "a/../b", "a/..", "a\0b"]) expect(() => normalizePath(name)).toThrow(/leads out of it/);
    for (const name of ["x".repeat(5000), "a/".repeat(200)])
      expect(() => normalizePath(name)).toThrow(/longer or deeper/);
    expect(normalizePath("a..b/...")).toBe("a..b/...");
  });

  test("are counted, over all layers", () => {
    const paths = new LayerPaths({ mostEntries: 2, mostCharacters: 10 });
    paths.see("a", false);
    paths.endLayer();
    paths.see("b", false);
    expect(() => paths.see("c", false)).toThrow(/more than 2 files/);
    expect(() => new LayerPaths({ mostEntries: 9, mostCharacters: 3 }).see("long", false)).toThrow(/absurd names/);
  });
});
