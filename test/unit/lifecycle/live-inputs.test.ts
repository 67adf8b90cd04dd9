import { describe, expect, it } from "vitest";
import { inputsOf } from "../../../provider/lifecycle/live-inputs";

const spec = { domain: {} };

describe("what a program would have to say to get an object that is there", () => {
  it("is its name, namespace, labels, annotations and spec, without the marks of those who made or run it", () => {
    const metadata = {
      name: "web",
      namespace: "team",
      uid: "u",
      resourceVersion: "7",
      labels: { app: "web", "kubevirt.io/nodeName": "node-1" },
      annotations: {
        note: "x",
        "kubevirt.io/pulumi-urn": "urn:other",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
      },
    };
    expect(
      inputsOf({ apiVersion: "v1", kind: "VirtualMachine", metadata, spec, status: { phase: "Running" } }),
    ).toEqual({
      metadata: { name: "web", namespace: "team", labels: { app: "web" }, annotations: { note: "x" } },
      spec,
    });
  });

  it("has no labels and annotations where there are none left", () => {
    const metadata = { name: "web", namespace: "team", labels: { "kubevirt.io/nodeName": "node-1" } };
    expect(inputsOf({ apiVersion: "v1", kind: "VirtualMachine", metadata, spec })).toEqual({
      metadata: { name: "web", namespace: "team" },
      spec,
    });
  });
});
