import { homedir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { controlPlaneManifests, type Manifest } from "../../../provider/deploy";
import { ControlPlane, VirtualMachine, VirtualMachinePreset } from "../../../sdk/nodejs";
import { FakeCluster, kubeconfigOf, settled } from "./fakeCluster";
import { mockEngine, registration, registrations } from "./registrations";

const image = { registry: "registry.example.com/kubevirt", tag: "1.2.3" };

let cluster: FakeCluster;

beforeAll(async () => {
  cluster = await FakeCluster.open();
});
beforeEach(async () => {
  await mockEngine();
  cluster.reset();
});
afterAll(async () => {
  pulumi.runtime.setAllConfig({});
  await cluster.api.close();
});

const childName = ({ kind, metadata }: Manifest, prefix: string) => {
  if (kind === "Namespace") return `${prefix}-namespace`;
  const place = metadata.namespace === "kube-node-lease" ? "kube-node-lease/" : "";
  return `${prefix}-${place}${metadata.name.replaceAll(":", "-")}`;
};
const ofProgram = () => registrations().map(({ type, name }) => `${type.replace(/^.*:/, "")} ${name}`);

describe("a control plane", () => {
  it("is made of the objects that virtctl prints, each as a child of its own", async () => {
    const controlPlane = new ControlPlane("cp", { image });
    expect(await settled(controlPlane.ready)).toBe(true);
    const expected = controlPlaneManifests({ image }, "9");
    for (const manifest of expected) {
      const { kind, metadata, apiVersion: _, ...fields } = manifest;
      const found = await registration(childName(manifest, "cp"), kind);
      const { status: _status, ...inputs } = found.inputs;
      expect(JSON.parse(JSON.stringify(inputs))).toMatchObject({ kind, metadata, ...fields });
      expect(found.parent).toMatch(/kubevirt:index:ControlPlane::cp$/);
      expect(found.type).toBe(
        `kubernetes:${manifest.apiVersion.includes("/") ? manifest.apiVersion : `core/${manifest.apiVersion}`}:${kind}`,
      );
    }
    const objectsMade = registrations().filter(({ type }) => type.startsWith("kubernetes:"));
    expect(objectsMade).toHaveLength(expected.length);
    expect(await settled(controlPlane.namespace)).toBe("kubevirt");
    expect(await settled(controlPlane.version)).toBe("1.2.3");
  });

  it("runs when all else is there, and has a last resource that waits for everything", async () => {
    await settled(new ControlPlane("cp", { image }).ready);
    const urnsOf = (test: (name: string) => boolean) =>
      registrations()
        .filter(({ type, name }) => type.startsWith("kubernetes:") && test(name))
        .map(({ type, name }) => expect.stringMatching(new RegExp(`${type}::${name}$`)));
    const isProgram = (name: string) => /virt-controller$|virt-agent$/.test(name);
    for (const [kind, name] of [
      ["Deployment", "cp-virt-controller"],
      ["DaemonSet", "cp-virt-agent"],
    ] as const) {
      const { dependencies } = await registration(name, kind);
      const others = urnsOf((one) => !isProgram(one) && one !== "cp-virt-metrics");
      expect(dependencies).toEqual(expect.arrayContaining(others));
      expect(dependencies.filter((urn) => /Service::|DaemonSet::|Deployment::/.test(urn))).toEqual([]);
    }
    const guard = await registration("cp-guard");
    expect(guard.type).toBe("pulumi-nodejs:dynamic/kubevirt:ControlPlaneGuard");
    expect(guard.dependencies).toEqual(expect.arrayContaining(urnsOf(() => true)));
    expect(guard.inputs).toMatchObject({
      namespace: "kubevirt",
      keepDefinitions: false,
      specs: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("takes Outputs anywhere in its arguments, and keeps the names of its children", async () => {
    const registry = pulumi.output("elsewhere.example.com");
    const controlPlane = new ControlPlane("cp", { image: { registry }, namespace: pulumi.output("virt"), replicas: 3 });
    await settled(controlPlane.ready);
    const deployment = await registration("cp-virt-controller", "Deployment");
    expect(deployment.inputs).toMatchObject({ metadata: { namespace: "virt" }, spec: { replicas: 3 } });
    expect(JSON.stringify(deployment.inputs.spec)).toContain("elsewhere.example.com/virt-controller:0.");
    expect((await registration("cp-namespace")).inputs.metadata).toMatchObject({ name: "virt" });
    expect(await settled(controlPlane.namespace)).toBe("virt");
  });

  it("has certificates for registries in a ConfigMap when they are given, also as an Output", async () => {
    const registryCa = pulumi.output("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    await settled(new ControlPlane("cp", { image, registryCa }).ready);
    expect((await registration("cp-virt-agent-registry-ca", "ConfigMap")).inputs.data).toEqual({
      "ca.crt": await settled(registryCa),
    });
  });

  it("leaves its definitions behind only when it is told to, and takes over others' only then", async () => {
    await settled(new ControlPlane("cp", { image }).ready);
    await settled(new ControlPlane("kept", { image, keepDefinitions: true, adoptDefinitions: true }).ready);
    const definitions = registrations().filter(({ type }) => type.endsWith(":CustomResourceDefinition"));
    expect(definitions).toHaveLength(8);
    for (const { name, retainOnDelete, inputs } of definitions) {
      const isKept = name.startsWith("kept-");
      expect(retainOnDelete).toBe(isKept);
      expect("pulumi.com/patchForce" in (inputs.metadata as { annotations: object }).annotations).toBe(isKept);
    }
    expect(registrations().filter(({ retainOnDelete }) => retainOnDelete)).toHaveLength(4);
    expect((await registration("kept-guard")).inputs.keepDefinitions).toBe(true);
  });
});

describe("the cluster of a control plane", () => {
  it("is the machines' own: that of the stack config, which the guard need not be told", async () => {
    await settled(new ControlPlane("cp", { image }).ready);
    const provider = await registration("cp-cluster");
    expect(provider.type).toBe("pulumi:providers:kubernetes");
    expect(JSON.stringify(provider.inputs.kubeconfig)).toContain(cluster.server);
    for (const one of registrations().filter(({ type }) => type.startsWith("kubernetes:")))
      expect(one.provider).toContain("cp-cluster");
    expect((await registration("cp-guard")).inputs).not.toHaveProperty("kubeconfig");
    expect(cluster.api.requests.length).toBeGreaterThan(4);
  });

  it("is that of a provider which it is given, also for the look and for the guard", async () => {
    pulumi.runtime.setAllConfig({});
    const kubernetes = await import("@pulumi/kubernetes");
    const provider = new kubernetes.Provider("mine", { kubeconfig: cluster.kubeconfig });
    await settled(new ControlPlane("cp", { image }, { provider }).ready);
    const objectsMade = registrations().filter(({ type }) => type.startsWith("kubernetes:"));
    for (const one of objectsMade) expect(one.provider).toContain("mine");
    expect(ofProgram()).not.toContain("kubernetes cp-cluster");
    expect((await registration("cp-guard")).inputs.kubeconfig).toContain(cluster.server);
    expect(cluster.api.requests.some((request) => request.includes("virtualmachines.kubevirt.io"))).toBe(true);
  });

  it("may be named by a path in the home folder, as for the machines", async () => {
    pulumi.runtime.setAllConfig({ "kubevirt:kubeconfig": "~/no-such-kubeconfig", "kubevirt:context": "lab" });
    await settled(new ControlPlane("cp", { image }).ready);
    const { kubeconfig, context } = (await registration("cp-cluster")).inputs;
    expect(JSON.stringify(kubeconfig)).toContain(join(homedir(), "no-such-kubeconfig"));
    expect(context).toBe("lab");
  });

  it("is installed on without a look when it cannot be seen", async () => {
    pulumi.runtime.setAllConfig({ "kubevirt:kubeconfig": kubeconfigOf("http://127.0.0.1:1") });
    expect(await settled(new ControlPlane("cp", { image }).ready)).toBe(true);
  });
});

describe("the machines of a program with a control plane", () => {
  it("wait for it, whether they come before or after it, whatever else they wait for", async () => {
    const early = new VirtualMachine("early", { spec: { domain: {} } });
    const controlPlane = new ControlPlane("cp", { image });
    new VirtualMachinePreset("preset", { spec: { domain: {} } });
    new VirtualMachine("late", { spec: { domain: {} } }, { dependsOn: [early] });
    new VirtualMachine("explicit", { spec: { domain: {} } }, { dependsOn: controlPlane });
    for (const name of ["early", "preset", "late", "explicit"]) {
      const { dependencies } = await registration(name);
      expect(dependencies).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/ControlPlaneGuard::cp-guard$/),
          expect.stringMatching(/CustomResourceDefinition::cp-virtualmachines\.kubevirt\.io$/),
        ]),
      );
    }
    expect((await registration("late")).dependencies).toContainEqual(expect.stringMatching(/VirtualMachine::early$/));
  });

  it("may be its children", async () => {
    const controlPlane = new ControlPlane("cp", { image });
    new VirtualMachine("child", { spec: { domain: {} } }, { parent: controlPlane });
    expect((await registration("child")).parent).toMatch(/ControlPlane::cp$/);
  });
});
