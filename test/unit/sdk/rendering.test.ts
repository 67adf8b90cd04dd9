import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlPlane, VirtualMachine } from "../../../sdk/nodejs";
import { secretPathsOf } from "../../../sdk/nodejs/rendering";
import { mockEngine, registration, registrations } from "./registrations";

beforeAll(async () => {
  await mockEngine();
  pulumi.runtime.setConfig("kubevirt:renderTo", "out");
});
afterAll(() => pulumi.runtime.setConfig("kubevirt:renderTo", ""));

describe("the places of secrets", () => {
  it("are found in Outputs, Promises, lists and objects at any depth, whole values as such", async () => {
    const value = {
      a: pulumi.secret("x"),
      b: [1, { c: pulumi.output({ d: 1 }) }, Promise.resolve({ e: pulumi.secret([1]) })],
      f: pulumi.output("plain"),
      g: null,
      h: pulumi.secret(new Promise(() => undefined).constructor.name),
    };
    expect(await secretPathsOf(value)).toEqual([["a"], ["b", 2, "e"], ["h"]]);
    expect(await secretPathsOf(pulumi.secret({ a: 1 }))).toEqual([[]]);
    expect(await secretPathsOf("plain")).toEqual([]);
  });
});

describe("a program whose stack renders", () => {
  it("tells the lifecycle where its secrets are", async () => {
    new VirtualMachine("web", {
      metadata: { annotations: { token: pulumi.secret("hush") } },
      spec: { domain: {}, volumes: [{ name: "seed", cloudInitNoCloud: { userData: "x" } }] },
    });
    const { inputs } = await registration("web");
    expect(inputs.secretPaths).toEqual([
      ["metadata", "annotations", "token"],
      ["spec", "volumes", 0, "cloudInitNoCloud", "userData"],
    ]);
  });

  it("has its control plane as one resource, which needs neither a cluster nor another package", async () => {
    const plane = new ControlPlane("cluster", { image: { registry: "r.example" }, keepDefinitions: true });
    const { inputs, type } = await registration("cluster-manifests");
    expect(type).toBe("pulumi-nodejs:dynamic/kubevirt:ControlPlaneManifests");
    expect(inputs).toMatchObject({ options: { image: { registry: "r.example" } }, keepDefinitions: true });
    expect(registrations().filter(({ type }) => type.startsWith("kubernetes:"))).toEqual([]);
    expect(await new Promise((resolve) => plane.ready.apply(resolve))).toBe(false);
  });
});
