import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { controlPlaneManifests } from "../../../../provider/deploy";
import { controlPlaneManifestsProvider } from "../../../../provider/lifecycle/render/control-plane";
import { parseManifest } from "../../../../provider/manifest";

let root = "";
let renderTo: string | undefined;
const provider = controlPlaneManifestsProvider(() => ({ renderTo }));
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rendered-"));
  renderTo = root;
});
afterEach(() => rmSync(root, { recursive: true }));

const news = (options: object = {}) => ({
  options: { image: { registry: "r.example" }, ...options },
  release: "1.2.3",
});

describe("a control plane that is rendered", () => {
  it("has the objects of virtctl manifests, each in a file, in their order", async () => {
    const { inputs, failures } = await provider.check({}, news());
    expect(failures).toEqual([]);
    await provider.create(inputs);
    const names = readdirSync(join(root, "control-plane")).filter((name) => name !== "kustomization.yaml");
    const objects = names.map((name) => {
      const [found] = parseManifest(readFileSync(join(root, "control-plane", name), "utf8"), name).objects;
      return found?.object;
    });
    expect(objects).toEqual(
      JSON.parse(JSON.stringify(controlPlaneManifests({ image: { registry: "r.example" } }, "1.2.3"))),
    );
    expect((await provider.diff("", inputs, inputs)).changes).toBe(false);
  });

  it("leaves no file behind that other options made, and none when it goes", async () => {
    const certificates = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----";
    const before = (await provider.check({}, news({ registryCa: certificates }))).inputs;
    await provider.create(before);
    const count = readdirSync(join(root, "control-plane")).length;
    const after = (await provider.check({}, news())).inputs;
    expect((await provider.diff("", before, after)).changes).toBe(true);
    await provider.update("", before, after);
    expect(readdirSync(join(root, "control-plane"))).toHaveLength(count - 1);
    await provider.delete("", after);
    expect(readdirSync(root)).toEqual([]);
    expect(await provider.read("id", after)).toEqual({});
  });

  it("tells Argo CD and Flux to leave definitions that are to be kept", async () => {
    const { inputs } = await provider.check({}, { ...news(), keepDefinitions: true });
    await provider.create(inputs);
    const texts = readdirSync(join(root, "control-plane")).map((name) =>
      readFileSync(join(root, "control-plane", name), "utf8"),
    );
    const marked = texts.filter((text) => text.includes("kustomize.toolkit.fluxcd.io/prune: disabled"));
    expect(marked).toHaveLength(4);
    expect(marked.every((text) => text.includes("kind: CustomResourceDefinition"))).toBe(true);
    expect(marked.every((text) => text.includes("sync-options: Prune=false"))).toBe(true);
  });

  it("refuses wrong options, and to be installed by a stack that rendered it", async () => {
    const { failures } = await provider.check({}, news({ replicas: -1 }));
    expect(failures[0]?.reason).toMatch(/^replicas: -1: /);
    renderTo = undefined;
    expect((await provider.check({}, news())).failures[0]?.reason).toContain("pulumi stack init");
  });
});
