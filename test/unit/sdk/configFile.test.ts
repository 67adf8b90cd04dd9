import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigFile, type ConfigFileArgs } from "../../../sdk/nodejs";
import { mockEngine, registration } from "./registrations";

const folder = mkdtempSync(join(tmpdir(), "config-file-"));

beforeAll(() => mockEngine());
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;

function fileOf(text: string): string {
  files += 1;
  const file = join(folder, `${files}.yaml`);
  writeFileSync(file, text);
  return file;
}

function load(name: string, text: string, args: Omit<ConfigFileArgs, "file"> = {}): ConfigFile {
  return new ConfigFile(name, { file: fileOf(text), ...args });
}

const machine = (name: string, more = "") => `
apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachine
metadata: {name: ${name}${more}}
spec:
  domain: {}
  volumes: [{name: seed, cloudInitNoCloud: {userData: hunter2}}]
`;

const preset = `
apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachinePreset
metadata: {name: m1.small}
spec: {domain: {cpu: {cores: 1}}}
`;

describe("a ConfigFile", () => {
  it("declares the objects of a file as its children, under their own names, presets also for machines before them", async () => {
    const vms = load("vms", `${machine("web")}---${preset}---${machine("db", ", namespace: prod")}`);
    const web = await registration("vms-web");
    expect(web.type).toBe("pulumi-nodejs:dynamic/kubevirt:VirtualMachine");
    expect(web.inputs.metadata).toMatchObject({ name: "web" });
    expect(web.inputs.metadata).not.toHaveProperty(
      "annotations",
      expect.objectContaining({ "pulumi.com/autonamed": "true" }),
    );
    expect(web.inputs.presets).toEqual([
      expect.objectContaining({
        metadata: expect.objectContaining({ name: "m1.small" }),
        spec: { domain: { cpu: { cores: 1 } } },
      }),
    ]);
    expect((await registration("vms-prod/db")).inputs.metadata).toMatchObject({ name: "db", namespace: "prod" });
    const urn = await new Promise<string>((resolve) => vms.getResource("VirtualMachine", "web").urn.apply(resolve));
    expect(urn).toContain("kubevirt:index:ConfigFile$pulumi-nodejs:dynamic/kubevirt:VirtualMachine::vms-web");
  });

  it("gives its resources by kind, name and namespace, with their types", async () => {
    const vms = load("typed", `${machine("a")}---${machine("a", ", namespace: prod")}---${preset}`);
    const ip = await new Promise((resolve) => vms.getResource("VirtualMachine", "a", "prod").ipAddress.apply(resolve));
    expect(ip).toBe("192.168.122.7");
    expect(() => vms.getResource("VirtualMachine", "a")).toThrow("the manifest has more than one VirtualMachine a");
    expect(() => vms.getResource("VirtualMachine", "b")).toThrow(
      "the manifest has no VirtualMachine b (it has: VirtualMachinePreset m1.small, VirtualMachine a, VirtualMachine prod/a)",
    );
    const keys = await new Promise((resolve) => vms.resources.apply((all) => resolve(Object.keys(all))));
    expect(keys).toEqual([
      "kubevirt.io/v1alpha1/VirtualMachinePreset::m1.small",
      "kubevirt.io/v1alpha1/VirtualMachine::a",
      "kubevirt.io/v1alpha1/VirtualMachine::prod/a",
    ]);
  });

  it("takes a prefix, transformations and the wish not to wait", async () => {
    load("options", machine("web"), {
      resourcePrefix: "blue",
      skipAwait: true,
      transformations: [
        (manifest, opts) => {
          manifest.metadata.namespace = "changed";
          manifest.metadata.labels = { ...manifest.metadata.labels, tier: "front" };
          opts.protect = true;
        },
      ],
    });
    expect((await registration("blue-changed/web")).inputs.metadata).toMatchObject({
      labels: { tier: "front" },
      annotations: { "pulumi.com/skipAwait": "true" },
    });
  });

  it("keeps user data of the file secret", async () => {
    const vms = load("secret", machine("web"));
    expect(await pulumi.isSecret(vms.getResource("VirtualMachine", "web").spec)).toBe(true);
  });

  it.each([
    ["kind: [\n", /:2:1: a `]` is missing/],
    [
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
      /:2:1: v1 ConfigMap is no kind that ConfigFile declares .*@pulumi\/kubernetes/,
    ],
    [
      "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: x}\n",
      /:1:1: kubevirt.io\/v1 VirtualMachine is no kind/,
    ],
    [
      "apiVersion: kubevirt.io/v1alpha1\nkind: VirtualMachine\nmetadata: {generateName: x}\n",
      /:3:1: a VirtualMachine needs metadata\.name/,
    ],
    [
      "apiVersion: kubevirt.io/v1alpha1\nkind: VirtualMachine\nmetadata: {name: x}\nspce: {}\n",
      /:4:1: spce: unknown field/,
    ],
    [`${machine("x")}---${machine("x")}`, /:11:18: VirtualMachine x is declared already at .*:4:18; keep one/],
    ["", /holds no object/],
  ])("of %j is refused with its place and what to do", (text, message) => {
    expect(() => load("refused", text)).toThrow(message);
  });

  it("of a file that is not there says so", () => {
    expect(() => new ConfigFile("gone", { file: join(folder, "gone.yaml") })).toThrow(
      `${join(folder, "gone.yaml")}: there is no such file or folder`,
    );
  });
});
