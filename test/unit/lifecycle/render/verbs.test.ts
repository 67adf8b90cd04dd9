import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { validateObject } from "../../../../provider/core/validation";
import { check } from "../../../../provider/lifecycle/check";
import { type Fields, unknownMarker, urnAnnotation } from "../../../../provider/lifecycle/inputs";
import { renderObject } from "../../../../provider/lifecycle/render/document";
import {
  renderCreate,
  renderDelete,
  renderedDiff,
  renderRead,
  renderUpdate,
} from "../../../../provider/lifecycle/render/verbs";
import { parseManifest } from "../../../../provider/manifest";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rendered-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const annotations = { [urnAnnotation]: "urn:web" };
const seed = (source: object) => ({ name: "seed", cloudInitNoCloud: source });
const machine = (spec: object = {}, metadata: object = {}): Fields => ({
  metadata: { name: "web", namespace: "team", annotations, ...metadata },
  spec: { domain: {}, ...spec },
});
const checked = (news: Fields, options: { olds?: Fields; kind?: string; renderTo?: string | undefined } = {}) => {
  const { olds = {}, kind = "VirtualMachine" } = options;
  const renderTo = "renderTo" in options ? options.renderTo : root;
  return check({ kind, defaultNamespace: "default", renderTo }, olds, news);
};
const reasons = (...args: Parameters<typeof checked>) => checked(...args).failures.map(({ reason }) => reason);
const path = "machines/virtualmachine_team_web.yaml";
const written = (at = path) => readFileSync(join(root, at), "utf8");

describe("check of a stack that renders", () => {
  it("notes the folder in the inputs, where the preview shows it", () => {
    expect(checked(machine()).inputs).toMatchObject({ renderTo: root });
    expect(checked(machine(), { renderTo: undefined }).inputs).not.toHaveProperty("renderTo");
  });

  it("lets user data be a secret, alone or with its source, in a machine and in a template", () => {
    const volumes = [seed({ userData: "x" })];
    const user = ["spec", "volumes", 0, "cloudInitNoCloud", "userData"];
    expect(reasons({ ...machine({ volumes }), secretPaths: [user, user.slice(0, 4)] })).toEqual([]);
    const owner = { ...machine(), spec: { runStrategy: "Always", template: { spec: { domain: {}, volumes } } } };
    const inTemplate = ["spec", "template", ...user];
    expect(reasons({ ...owner, secretPaths: [inTemplate] }, { kind: "OfflineVirtualMachine" })).toEqual([]);
  });

  it.each([
    ["an annotation", ["metadata", "annotations", "a.b/token"], 'metadata.annotations["a.b/token"]'],
    ["a whole spec", ["spec"], "spec"],
    ["all volumes", ["spec", "volumes"], "spec.volumes"],
    [
      "a reference",
      ["spec", "volumes", 1, "cloudInitNoCloud", "secretRef"],
      "spec.volumes[1].cloudInitNoCloud.secretRef",
    ],
    ["the name of a volume", ["spec", "volumes", 0, "name"], "spec.volumes[0].name"],
  ])("refuses %s that is a secret, with its path and without its value", (_what, secret, field) => {
    const volumes = [seed({ userData: "x" }), { name: "two", cloudInitNoCloud: { secretRef: { name: "s" } } }];
    const [reason = "", ...others] = reasons({
      ...machine({ volumes }, { annotations: { ...annotations, "a.b/token": "hush" } }),
      secretPaths: [secret],
    });
    expect(others).toEqual([]);
    expect(reason.startsWith(`${field}: is a secret`)).toBe(true);
    expect(reason).not.toContain("hush");
  });

  it("refuses to go over from deploying to rendering and back", () => {
    const deployed = { metadata: { name: "web" }, spec: {} };
    expect(reasons(machine(), { olds: deployed })).toEqual([expect.stringContaining("pulumi stack init")]);
    const rendered = { ...deployed, renderTo: "old" };
    expect(reasons(machine(), { olds: rendered, renderTo: undefined })).toEqual([
      expect.stringContaining("has written the object to old"),
    ]);
    expect(reasons(machine(), { olds: rendered })).toEqual([]);
  });

  it("warns of what is not known in a preview, and writes nothing", () => {
    const { failures, warnings } = checked(machine({}, { labels: { ip: unknownMarker } }));
    expect(failures).toEqual([]);
    expect(warnings).toContainEqual(expect.stringMatching(/^VirtualMachine web: metadata\.labels\.ip: is not known/));
    expect(readdirSync(root)).toEqual([]);
  });
});

describe("a rendered object", () => {
  const inputs = (spec: object = {}, metadata: object = {}) => checked(machine(spec, metadata)).inputs;

  it("has a reference in the place of user data, and says which secret it needs", () => {
    renderCreate("VirtualMachine", inputs({ volumes: [seed({ userDataBase64: "aHVudGVyMg==" })] }));
    expect(written()).toContain("# Needs Secret team/vm-web.seed with the key userdata: the user data of volume seed");
    expect(written()).not.toContain("aHVudGVyMg");
    const [object] = parseManifest(written(), path).objects;
    expect(object?.object).toMatchObject({
      spec: { volumes: [{ name: "seed", cloudInitNoCloud: { secretRef: { name: "vm-web.seed" } } }] },
    });
    expect(validateObject(object?.object ?? {}).errors).toEqual([]);
  });

  it("gives each kind, machine and volume a secret and a file of its own", () => {
    const volumes = [seed({ userData: "x" })];
    const file = (kind: string, name: string, volume: string) =>
      renderObject(kind, {
        metadata: { name, namespace: "n" },
        spec:
          kind === "VirtualMachine"
            ? { volumes: [{ ...volumes[0], name: volume }] }
            : { template: { spec: { volumes } } },
      });
    const files = [
      file("VirtualMachine", "a-b", "c"),
      file("VirtualMachine", "a", "b-c"),
      file("OfflineVirtualMachine", "a", "seed"),
      file("VirtualMachineReplicaSet", "a", "seed"),
    ];
    const secrets = files.map(({ text }) => text.split("\n")[0]);
    expect(new Set(secrets).size).toBe(4);
    expect(new Set(files.map(({ name }) => name)).size).toBe(4);
  });

  it("says which preset gave a line, of a template too, and believes no annotation that is none", () => {
    const provenance = (text: string) => ({ "presets.virtualmachines.kubevirt.io/provenance": text });
    const spec = { domain: { cpu: { cores: 2 } } };
    const vm = renderObject("VirtualMachine", {
      metadata: { name: "a", namespace: "n", annotations: provenance('{"spec.domain.cpu.cores":"big"}') },
      spec,
    });
    expect(vm.text).toContain("cores: 2 # from preset big\n");
    const template = { metadata: { annotations: provenance('{"spec.domain.cpu.cores":"big"}') }, spec };
    const metadata = { name: "a", namespace: "n" };
    expect(renderObject("OfflineVirtualMachine", { metadata, spec: { template } }).text).toContain("# from preset big");
    for (const text of ["[", '{"spec.domain.cpu.cores":"x\\nkind: Evil"}', "7"]) {
      const forged = renderObject("VirtualMachine", { metadata: { ...metadata, annotations: provenance(text) }, spec });
      expect(forged.text).not.toContain("from preset");
    }
  });

  it("is a change when its file is gone or was changed, or the folder is another", () => {
    const { outs } = renderCreate("VirtualMachine", inputs());
    const diffOf = (news: Fields) => renderedDiff("VirtualMachine", outs, news).changes;
    expect(diffOf(inputs())).toBe(false);
    writeFileSync(join(root, path), `${written()}# mine\n`);
    expect(diffOf(inputs())).toBe(true);
    rmSync(join(root, path));
    expect(diffOf(inputs())).toBe(true);
    expect(renderRead("VirtualMachine", outs)).toBeUndefined();
    renderUpdate("VirtualMachine", { olds: outs, news: inputs() }, () => undefined);
    expect(renderRead("VirtualMachine", outs)).toEqual(outs);
    expect(diffOf({ ...inputs(), renderTo: join(root, "other") })).toBe(true);
  });

  it("moves with the folder, and goes with its resource", () => {
    const { outs } = renderCreate("VirtualMachine", inputs());
    const moved = { ...inputs(), renderTo: join(root, "other") };
    const after = renderUpdate("VirtualMachine", { olds: outs, news: moved }, () => undefined);
    expect(readdirSync(root)).toEqual(["other"]);
    expect(written(`other/${path}`)).toContain("name: web");
    renderDelete("VirtualMachine", after.outs);
    expect(readdirSync(join(root, "other"))).toEqual([]);
  });

  it("tells the person who has to renew a secret", () => {
    const { outs } = renderCreate("VirtualMachine", inputs({ volumes: [seed({ userData: "one" })] }));
    const said: string[] = [];
    const news = inputs({ volumes: [seed({ userData: "two" })] });
    renderUpdate("VirtualMachine", { olds: outs, news }, (line) => said.push(line));
    expect(said).toEqual(["VirtualMachine team/web: user data has changed: renew Secret team/vm-web.seed"]);
  });

  it("has the outputs of a machine that nobody has started", () => {
    const { id, outs } = renderCreate("VirtualMachine", inputs());
    expect(id).toBe("team/web");
    expect(outs).toMatchObject({ ipAddress: "", phase: "", ready: false, renderTo: root });
  });
});
