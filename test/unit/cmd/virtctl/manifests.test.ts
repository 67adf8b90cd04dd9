import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { type ManifestsFlags, manifests } from "../../../../provider/cmd/virtctl/manifests";
import { controlPlaneManifests } from "../../../../provider/deploy";

const none = { pullSecret: [], nodeSelector: [], toleration: [], insecureRegistry: [], registryCa: [] };
const registry = "registry.example.com/kubevirt";
const run = (flags: Partial<ManifestsFlags> = {}) => manifests({ ...none, registry, ...flags }, "1.2.3");
const objectsIn = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as unknown);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "manifests-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const file = join(folder, "given");
  writeFileSync(file, text);
  return file;
}

describe("virtctl manifests", () => {
  it("prints the objects that a program's component makes, in the order in which they are applied", () => {
    const { stdout, stderr, exitCode } = run();
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(objectsIn(stdout)).toEqual(controlPlaneManifests({ image: { registry } }, "1.2.3"));
    expect(run().stdout).toBe(stdout);
  });

  it("takes every setting from flags", () => {
    const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const { stdout, stderr } = run({
      tag: "7",
      pullPolicy: "Always",
      pullSecret: ["mine"],
      namespace: "virt",
      replicas: 3,
      nodeSelector: ["machines=yes", "example.com/rack="],
      toleration: ["all", "one=two", "three:NoExecute", "four=five:NoSchedule"],
      libvirt: "host",
      selfFenceSeconds: 90,
      insecureRegistry: ["10.50.0.1:5000"],
      registryCa: [fileWith(certificate), fileWith(certificate)],
    });
    expect(stderr).toBe("");
    const options = {
      image: { registry, tag: "7", pullPolicy: "Always", pullSecrets: ["mine"] },
      namespace: "virt",
      replicas: 3,
      nodeSelector: { machines: "yes", "example.com/rack": "" },
      tolerations: [
        { key: "all", operator: "Exists" },
        { key: "one", operator: "Equal", value: "two" },
        { key: "three", operator: "Exists", effect: "NoExecute" },
        { key: "four", operator: "Equal", value: "five", effect: "NoSchedule" },
      ],
      libvirt: "host",
      selfFenceSeconds: 90,
      insecureRegistries: ["10.50.0.1:5000"],
      registryCa: `${certificate}\n${certificate}`,
    } as const;
    expect(objectsIn(stdout)).toEqual(controlPlaneManifests(options, "1.2.3"));
  });

  it("takes options from a file, over which flags win", () => {
    const options = fileWith(
      `image: { registry: other.example.com, tag: "5" }\nreplicas: 3\nresources: { agent: { limits: { memory: 2Gi } } }\n`,
    );
    const { stdout } = manifests({ ...none, options, tag: "6" }, "1.2.3");
    expect(objectsIn(stdout)).toEqual(
      controlPlaneManifests(
        {
          image: { registry: "other.example.com", tag: "6" },
          replicas: 3,
          resources: { agent: { limits: { memory: "2Gi" } } },
        },
        "1.2.3",
      ),
    );
  });

  it("says what is missing, what is wrong, and what cannot be read, and prints nothing then", () => {
    expect(manifests(none, "1.2.3")).toEqual({
      stdout: "",
      stderr: expect.stringMatching(/^where are the images\? Give --registry/),
      exitCode: 2,
    });
    expect(run({ replicas: 0, selfFenceSeconds: 100_000 })).toEqual({
      stdout: "",
      stderr: "replicas: 0: must be at least 1\nselfFenceSeconds: 100000: must be at most 86400\n",
      exitCode: 1,
    });
    for (const [flags, message] of [
      [{ options: join(folder, "absent") }, /absent cannot be read: .*no such file/],
      [{ options: fileWith("- a list\n") }, /given: must be an object with the options/],
      [{ nodeSelector: ["machines"] }, /^--node-selector machines: a label is written KEY=VALUE/],
      [{ toleration: ["=x"] }, /^--toleration =x: a taint is written/],
      [{ registryCa: [join(folder, "absent")] }, /absent cannot be read/],
    ] as const) {
      expect(run(flags)).toEqual({ stdout: "", stderr: expect.stringMatching(message), exitCode: 2 });
    }
    expect(run({ options: fileWith("a: [\n") })).toMatchObject({ stderr: expect.stringMatching(/given is no YAML: /) });
  });
});

describe("virtctl manifests --output", () => {
  const files = () => readdirSync(join(folder, "out")).sort();
  const read = (name: string) => readFileSync(join(folder, "out", name), "utf8");

  it("writes a file for each object, and their list for kustomize", () => {
    const { stdout } = run({ output: join(folder, "out") });
    expect(stdout).toContain(`kubectl apply -k ${join(folder, "out")}`);
    const { resources } = parse(read("kustomization.yaml")) as { resources: string[] };
    expect([...resources, "kustomization.yaml"].sort()).toEqual(files());
    expect(resources.map((name) => parse(read(name)) as unknown)).toEqual(
      controlPlaneManifests({ image: { registry } }, "1.2.3"),
    );
  });

  it("replaces what it has written, removes what is there no more, and leaves other files alone", () => {
    const output = join(folder, "out");
    const registryCa = [fileWith("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")];
    run({ output, registryCa, replicas: 5 });
    writeFileSync(join(output, "mine.yaml"), "kind: ConfigMap\n");
    expect(files()).toContain("configmap-kubevirt-virt-agent-registry-ca.yaml");
    run({ output });
    expect(files()).not.toContain("configmap-kubevirt-virt-agent-registry-ca.yaml");
    expect(read("mine.yaml")).toBe("kind: ConfigMap\n");
    expect(read("deployment-kubevirt-virt-controller.yaml")).toContain("replicas: 2");
  });

  it("writes nothing into a folder whose kustomization is another's", () => {
    mkdirSync(join(folder, "out"));
    writeFileSync(join(folder, "out", "kustomization.yaml"), "resources: []\n");
    expect(run({ output: join(folder, "out") })).toEqual({
      stdout: "",
      stderr: expect.stringMatching(/has files that virtctl has not written: kustomization\.yaml/),
      exitCode: 1,
    });
    expect(files()).toEqual(["kustomization.yaml"]);
  });
});
