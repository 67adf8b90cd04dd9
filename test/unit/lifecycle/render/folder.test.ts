import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RenderedFile, RenderFolder } from "../../../../provider/lifecycle/render/folder";
import { RenderError } from "../../../../provider/lifecycle/render/render-error";
import { secretNote } from "../../../../provider/lifecycle/render/secret-notes";

let root = "";
let folder: RenderFolder;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rendered-"));
  folder = new RenderFolder(root);
});
afterEach(() => rmSync(root, { recursive: true }));

const file = (name: string, text = "kind: A\n", part: RenderedFile["part"] = "machines") => ({ part, name, text });
const read = (path: string) => readFileSync(join(root, path), "utf8");
const names = (path = ".") => readdirSync(join(root, path)).sort();

describe("a rendered folder", () => {
  it("marks its files in their first line and lists them, in order and by parts", () => {
    folder.write(file("b.yaml"), ["urn:b"]);
    folder.write(file("a.yaml"), ["urn:a"]);
    folder.write(file("p.yaml", "kind: P\n", "presets"), ["urn:p"]);
    expect(read("machines/a.yaml")).toBe(
      '# Written by pulumi-kubevirt for "urn:a". Do not edit: pulumi up writes it again.\nkind: A\n',
    );
    expect(read("machines/kustomization.yaml")).toContain("resources:\n  - a.yaml\n  - b.yaml\n");
    expect(read("kustomization.yaml")).toContain("resources:\n  - presets\n  - machines\n");
    expect(read("presets/kustomization.yaml")).toContain('"argocd.argoproj.io/sync-wave":"-1"');
    expect(read("README.md")).toMatch(/^<!-- Written by pulumi-kubevirt/);
  });

  it("is empty when its last object is gone, but for the files of others", () => {
    folder.write(file("a.yaml"), ["urn:a"]);
    folder.remove(file("a.yaml"), "urn:a");
    expect(names()).toEqual([]);
    folder.write(file("a.yaml"), ["urn:a"]);
    writeFileSync(join(root, "machines/mine.yaml"), "mine");
    folder.remove(file("a.yaml"), "urn:a");
    expect(names()).toEqual(["machines"]);
    expect(names("machines")).toEqual(["mine.yaml"]);
  });

  it("refuses a file that is there and is not its own, and one of another resource, and writes nothing then", () => {
    mkdirSync(join(root, "machines"));
    writeFileSync(join(root, "machines/a.yaml"), "mine");
    expect(() => folder.write(file("a.yaml"), ["urn:a"])).toThrow(RenderError);
    expect(() => folder.write(file("a.yaml"), ["urn:a"])).toThrow("was not written by pulumi-kubevirt; move it away");
    expect(read("machines/a.yaml")).toBe("mine");
    expect(names()).toEqual(["machines"]);
    folder.write(file("b.yaml"), ["urn:b"]);
    expect(() => folder.write(file("b.yaml"), ["urn:c"])).toThrow(/written for another resource, urn:b; give one/);
    folder.remove(file("a.yaml"), "urn:a");
    folder.remove(file("b.yaml"), "urn:c");
    expect(names("machines")).toEqual(["a.yaml", "b.yaml", "kustomization.yaml"]);
  });

  it("takes a file over from what its resource was called before", () => {
    folder.write(file("a.yaml"), ["urn:old"]);
    folder.write(file("a.yaml"), ["urn:new", "urn:old"]);
    expect(folder.has(file("a.yaml"), "urn:new")).toBe(true);
  });

  it("follows no link out of itself", () => {
    const outside = mkdtempSync(join(tmpdir(), "outside-"));
    writeFileSync(join(outside, "target"), "theirs");
    symlinkSync(outside, join(root, "presets"));
    mkdirSync(join(root, "machines"));
    symlinkSync(join(outside, "target"), join(root, "machines/a.yaml"));
    expect(() => folder.write(file("p.yaml", "", "presets"), ["urn:p"])).toThrow("is no folder of its own");
    expect(() => folder.write(file("a.yaml"), ["urn:a"])).toThrow("was not written by pulumi-kubevirt");
    expect(readdirSync(outside)).toEqual(["target"]);
    rmSync(outside, { recursive: true });
  });

  it("leaves a kustomization and a page of a person's as they are", () => {
    writeFileSync(join(root, "kustomization.yaml"), "resources: [machines]\n");
    writeFileSync(join(root, "README.md"), "# Ours\n");
    folder.write(file("a.yaml"), ["urn:a"]);
    expect([read("kustomization.yaml"), read("README.md")]).toEqual(["resources: [machines]\n", "# Ours\n"]);
    folder.remove(file("a.yaml"), "urn:a");
    expect(names()).toEqual(["README.md", "kustomization.yaml"]);
  });

  it("says what is wrong with a place that is no folder, or cannot be written to", () => {
    writeFileSync(join(root, "file"), "");
    expect(() => new RenderFolder(join(root, "file")).write(file("a.yaml"), ["urn:a"])).toThrow(
      /file is no folder; set kubevirt:renderTo to one/,
    );
    expect(() => new RenderFolder(join(root, "file/below")).write(file("a.yaml"), ["urn:a"])).toThrow(
      /cannot be written \(ENOTDIR.*set kubevirt:renderTo to a folder/,
    );
  });

  it("names the secrets that are needed on its page, in one order", () => {
    const needed = (name: string) => secretNote({ namespace: "team", name, key: "userdata", content: "the user data" });
    folder.write(file("a.yaml", `${needed("z")}${needed("b")}kind: A\n`), ["urn:a"]);
    folder.write(file("b.yaml", `${needed("m")}kind: A\n`), ["urn:b"]);
    expect(read("README.md").match(/\| team \| (\w) \|/g)).toEqual(["| team | b |", "| team | m |", "| team | z |"]);
  });

  it("keeps its first line one line, whatever an owner is called", () => {
    const owner = 'urn:"\n# Needs Secret a/b with the key userdata: x.\nkind: Evil';
    folder.write(file("a.yaml"), [owner]);
    expect(read("machines/a.yaml").split("\n")).toHaveLength(3);
    expect(folder.has(file("a.yaml"), owner)).toBe(true);
  });
});
