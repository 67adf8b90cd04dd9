import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { constructComponent } from "../../../sdk/nodejs/hostedComponents";
import { hostInPlugin } from "../../../sdk/nodejs/hosting";
import { FakeCluster, settled, withoutReports } from "./fakeCluster";
import { mockEngine, registration, registrations } from "./registrations";

const type = "kubevirt:index:ControlPlane";
const image = { registry: "registry.example.com/kubevirt", tag: "1.2.3" };
let cluster: FakeCluster;

beforeAll(async () => {
  hostInPlugin();
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

describe("a control plane that the plugin makes", () => {
  it("is the same, with its own parts as resources of the plugin, which carry no code", async () => {
    const { urn, state } = constructComponent("cp", type, { image }, {});
    expect(await settled(pulumi.output(state))).toMatchObject({ namespace: "kubevirt", version: "1.2.3", ready: true });
    expect(await settled(pulumi.output(urn))).toMatch(/::kubevirt:index:ControlPlane::cp$/);
    for (const [name, kind] of [
      ["cp-node-marks", "ControlPlaneNodeMarks"],
      ["cp-guard", "ControlPlaneGuard"],
    ] as const) {
      const { type: own, inputs, parent } = await registration(name);
      expect(own).toBe(`kubevirt:index:${kind}`);
      expect(inputs).not.toHaveProperty("__provider");
      expect(parent).toMatch(/kubevirt:index:ControlPlane::cp$/);
    }
    expect(await registration("cp-virt-controller", "Deployment")).toMatchObject({
      type: "kubernetes:apps/v1:Deployment",
    });
  });

  it.each([
    [
      "another resource's value",
      { keepDefinitions: pulumi.output(true) },
      /keepDefinitions: comes from another resource/,
    ],
    ["text", { adoptDefinitions: "yes" }, /adoptDefinitions: must be true or false: "yes"/],
  ])("takes no %s for a switch", (_what, switches, message) => {
    expect(() => constructComponent("cp", type, { image, ...switches }, {})).toThrow(message);
    expect(registrations().filter((one) => one.type === type)).toEqual([]);
  });

  it("is refused with a provider whose cluster it cannot see", async () => {
    const provider = new pulumi.DependencyProviderResource(
      "urn:pulumi:dev::shop::pulumi:providers:kubernetes::lab::1234",
    );
    await withoutReports(async () => {
      const { state } = constructComponent("cp", type, { image }, { providers: { kubernetes: provider } });
      await expect(settled(pulumi.output(state))).rejects.toThrow(
        /cannot be seen from the plugin: leave that provider out/,
      );
    });
    expect(registrations().filter((one) => one.type.startsWith("kubernetes:"))).toEqual([]);
  });
});

it("knows no other component", () => {
  expect(() => constructComponent("x", "kubevirt:index:Other", {}, {})).toThrow(
    '"kubevirt:index:Other" is no component of this provider (it has: kubevirt:index:ControlPlane)',
  );
});
