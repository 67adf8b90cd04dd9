import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ControlPlane, type ControlPlaneArgs } from "../../../sdk/nodejs";
import { FakeCluster, settled, withoutReports } from "./fakeCluster";
import { mockEngine, registrations } from "./registrations";

const image = { registry: "registry.example.com/kubevirt", tag: "1.2.3" };
let cluster: FakeCluster;

beforeAll(async () => {
  cluster = await FakeCluster.open();
});
beforeEach(async () => {
  await mockEngine({ preview: true });
  cluster.reset();
});
afterAll(async () => {
  pulumi.runtime.setAllConfig({});
  await cluster.api.close();
});

/** The failure of a control plane that is refused. */
function refusalOf(args: ControlPlaneArgs): Promise<string> {
  return withoutReports(async () => {
    const { ready } = new ControlPlane("refused", args);
    const failure = await settled(ready).then(
      () => undefined,
      (error: Error) => error.message,
    );
    return failure ?? "it was not refused";
  });
}

describe("a control plane is refused, before anything of it is declared,", () => {
  const definition = (name: string, annotations: Record<string, string> = {}) => ({
    metadata: { name, annotations, labels: { "app.kubernetes.io/managed-by": "virt-operator" } },
    spec: { versions: [{ name: "v1", served: true }] },
  });
  const path = (name: string) => `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
  const nothingMade = () =>
    expect(registrations().filter(({ type }) => !/Stack$|ControlPlane$|providers:kubernetes$/.test(type))).toEqual([]);

  it("where another KubeVirt has its definitions", async () => {
    cluster.objects[path("virtualmachines.kubevirt.io")] = definition("virtualmachines.kubevirt.io");
    cluster.objects[path("kubevirts.kubevirt.io")] = definition("kubevirts.kubevirt.io");
    cluster.objects["/apis/apps/v1/namespaces/kubevirt/deployments/virt-operator"] = {
      metadata: { name: "virt-operator" },
    };
    const message = await refusalOf({ image });
    expect(message.split("\n")).toEqual([
      `the cluster of context "test" (${cluster.server}) has another KubeVirt, whose definitions this control plane would overwrite:`,
      "  CustomResourceDefinition virtualmachines.kubevirt.io (serves v1, managed by virt-operator)",
      "  CustomResourceDefinition kubevirts.kubevirt.io (serves v1, managed by virt-operator)",
      "  Deployment virt-operator in namespace kubevirt",
      expect.stringMatching(/^Nothing has been changed/),
      ...[1, 2, 3].map(() => expect.stringMatching(/^ {2}- /)),
    ]);
    nothingMade();
  });

  it("but not where its own are, nor where only definitions are left and it may take them over", async () => {
    cluster.objects[path("virtualmachines.kubevirt.io")] = definition("virtualmachines.kubevirt.io", {
      "kubevirt.io/installed-by": "pulumi-kubevirt",
    });
    expect(await settled(new ControlPlane("cp", { image }).ready)).toBe(true);
    cluster.objects[path("virtualmachines.kubevirt.io")] = definition("virtualmachines.kubevirt.io");
    expect(await settled(new ControlPlane("adopting", { image, adoptDefinitions: true }).ready)).toBe(true);
    cluster.objects["/apis/apps/v1/namespaces/kubevirt/deployments/virt-operator"] = {
      metadata: { name: "virt-operator" },
    };
    expect(await refusalOf({ image, adoptDefinitions: true })).toContain("Deployment virt-operator");
  });

  it("where there is no cluster but the local engine", async () => {
    cluster.api.answer = (_request, response) => response.writeHead(404).end("404 page not found");
    expect(await refusalOf({ image })).toMatch(/is no Kubernetes cluster.*\nThe local engine brings along/);
    nothingMade();
  });

  it("with arguments that are wrong, all of which it names", async () => {
    expect(await refusalOf({ image: { registry: "https://x" }, replicas: 0 })).toMatch(
      /^the arguments of the control plane are refused:\n {2}image\.registry: .*\n {2}replicas: 0: must be at least 1$/,
    );
    nothingMade();
  });
});
