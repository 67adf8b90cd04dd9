import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { clusterDigest } from "../../../provider/lifecycle/cluster-digest";
import { urnAnnotation } from "../../../provider/lifecycle/inputs";
import {
  OfflineVirtualMachine,
  VirtualMachine,
  VirtualMachinePreset,
  VirtualMachineReplicaSet,
} from "../../../sdk/nodejs";
import { mockEngine, registration } from "./registrations";

const userData = "password: hunter2";

beforeAll(() => mockEngine());

describe("a program", () => {
  it("registers a machine with its name, the mark of its URN, its user data as a secret, and the forwarder", async () => {
    const web = new VirtualMachine("web", {
      metadata: { labels: { size: "small" } },
      spec: { domain: {}, volumes: [{ name: "seed", cloudInitNoCloud: { userData } }] },
    });
    const { type, inputs } = await registration("web");
    expect(type).toBe("pulumi-nodejs:dynamic/kubevirt:VirtualMachine");
    const urn = await new Promise<string>((resolve) => web.urn.apply(resolve));
    expect(inputs.metadata).toMatchObject({
      name: expect.stringMatching(/^web-[0-9a-f]{8}$/),
      labels: { size: "small" },
      annotations: { [urnAnnotation]: urn },
    });
    expect(String(inputs.__provider).length).toBeLessThan(1_000);
    expect(String(inputs.__provider)).not.toContain("hunter2");
    expect(await new Promise((resolve) => web.ipAddress.apply(resolve))).toBe("192.168.122.7");
    expect(await pulumi.isSecret(web.spec)).toBe(true);
  });

  it("shows a machine the presets that it declares after it, also under names of their own", async () => {
    new VirtualMachine("early", { spec: { domain: {} } });
    new VirtualMachinePreset("late", { spec: { domain: { cpu: { cores: 2 } } } });
    new VirtualMachinePreset("named", { metadata: { name: "m1.small" }, spec: { domain: {} } });
    const { inputs } = await registration("early");
    expect(inputs.presets).toMatchObject([
      { metadata: { name: expect.stringMatching(/^late-[0-9a-f]{8}$/) }, spec: { domain: { cpu: { cores: 2 } } } },
      { metadata: { name: "m1.small" } },
    ]);
    expect((await registration("late")).inputs.metadata).toEqual(
      expect.objectContaining({ name: (inputs.presets as { metadata: { name: string } }[])[0]?.metadata.name }),
    );
  });

  it("registers what makes machines, with the user data of its template as a secret", async () => {
    const template = {
      metadata: { labels: { app: "web" } },
      spec: { domain: {}, volumes: [{ name: "seed", cloudInitNoCloud: { userData } }] },
    };
    const ovm = new OfflineVirtualMachine("db", { spec: { runStrategy: "Always", template } });
    const selector = { matchLabels: { app: "web" } };
    const set = new VirtualMachineReplicaSet("farm", { spec: { replicas: 2, selector, template } });
    for (const [name, kind] of [
      ["db", "OfflineVirtualMachine"],
      ["farm", "VirtualMachineReplicaSet"],
    ] as const) {
      const { type, inputs } = await registration(name);
      expect(type).toBe(`pulumi-nodejs:dynamic/kubevirt:${kind}`);
      expect(inputs.metadata).toMatchObject({ name: expect.stringMatching(new RegExp(`^${name}-[0-9a-f]{8}$`)) });
      expect(inputs).toHaveProperty("presets");
    }
    expect(await pulumi.isSecret(ovm.spec)).toBe(true);
    expect(await pulumi.isSecret(set.spec)).toBe(true);
    expect(await pulumi.isSecret(set.metadata)).toBe(false);
  });

  it("waits for nothing where it declares nothing that a machine would need", async () => {
    new VirtualMachine("alone", { spec: { domain: {} } });
    expect((await registration("alone")).dependencies).toEqual([]);
  });

  it("is named as the stack's configuration wants it", async () => {
    pulumi.runtime.setAllConfig({ "pulumi:autonaming": '{"providers":{"kubevirt":{"mode":"verbatim"}}}' });
    try {
      new VirtualMachine("verbatim", { spec: { domain: {} } });
    } finally {
      pulumi.runtime.setAllConfig({});
    }
    expect((await registration("verbatim")).inputs.metadata).toMatchObject({
      name: "verbatim",
      annotations: { "pulumi.com/autonamed": "true" },
    });
  });

  it("keeps an explicit name", async () => {
    new VirtualMachine("given", { metadata: { name: "mine" }, spec: { domain: {} } });
    expect((await registration("given")).inputs.metadata).toMatchObject({ name: "mine" });
  });

  it("is said to come from the program's own lines, and from nobody else's", async () => {
    const make = () => new VirtualMachine("placed", { spec: { domain: {} } });
    const makeAll = () => make();
    makeAll();
    const { stack } = await registration("placed");
    const here = pathToFileURL(__filename).href;
    expect(stack.slice(0, 2)).toEqual([here, here]);
    expect(stack.filter((uri) => /^node:|sdk.nodejs|@pulumi|ts-node/.test(uri))).toEqual([]);
    // Other stacks are as they were.
    expect(new Error("mine").stack).toMatch(/node_modules/);
  });

  class Shop extends pulumi.ComponentResource {
    constructor(name: string) {
      super("example:Shop", name);
    }
  }

  it("registers all children of one parent: none waits for another's URN", async () => {
    const parent = new Shop("twins");
    for (const name of ["one", "two"]) new VirtualMachine(name, { spec: { domain: {} } }, { parent });
    expect((await registration("one")).inputs.metadata).toMatchObject({ name: expect.stringMatching(/^one-/) });
    expect((await registration("two")).inputs.metadata).toMatchObject({ name: expect.stringMatching(/^two-/) });
  });

  it("gives the URN its parent has a part in, as the engine does", async () => {
    const child = new VirtualMachine("child", { spec: { domain: {} } }, { parent: new Shop("shop") });
    const urn = await new Promise<string>((resolve) => child.urn.apply(resolve));
    expect(urn).toContain("example:Shop$");
    expect((await registration("child")).inputs.metadata).toMatchObject({ annotations: { [urnAnnotation]: urn } });
  });
});

describe("a machine on another cluster than the stack's", () => {
  const kubeconfig = "/home/somebody/lab.yaml";

  it("has its connection among its inputs, the kubeconfig as a secret, and presets with the place they are for", async () => {
    const lab = { kubeconfig, namespace: "team" };
    new VirtualMachinePreset("of-lab", { spec: { domain: {} }, connection: lab });
    new VirtualMachinePreset("of-stack", { spec: { domain: {} } });
    const far = new VirtualMachine("far", { spec: { domain: {} }, connection: lab });
    const { inputs } = await registration("far");
    // The engine's own wrapping of a secret.
    const secret = { value: { kubeconfig, namespace: "team" } };
    expect(inputs.connection).toMatchObject(secret);
    expect((await registration("of-lab")).inputs.connection).toMatchObject(secret);
    const own = pulumi.output(Reflect.get(far, "connection"));
    expect(await pulumi.isSecret(own)).toBe(true);
    const presets = inputs.presets as { metadata: { name: string }; cluster?: string }[];
    const placeOf = (name: string) => presets.find(({ metadata }) => metadata.name.startsWith(name))?.cluster;
    expect(placeOf("of-lab-")).toBeUndefined();
    expect(placeOf("of-stack-")).toBe(clusterDigest(undefined));
    expect(JSON.stringify(presets)).not.toContain(kubeconfig);
  });

  it("tells machines of the stack where its presets are for, in no words of its kubeconfig", async () => {
    new VirtualMachine("near", { spec: { domain: {} } });
    const { presets } = (await registration("near")).inputs as { presets: { cluster?: string; namespace?: string }[] };
    const place = { cluster: clusterDigest({ kubeconfig }), namespace: "team" };
    expect(presets).toContainEqual(expect.objectContaining(place));
    expect(JSON.stringify(presets)).not.toContain(kubeconfig);
  });
});
