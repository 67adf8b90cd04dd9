import { describe, expect, it } from "vitest";
import { discoveryDocument } from "../../../provider/apiserver/discovery";
import { openApiDocument } from "../../../provider/apiserver/openapi";
import { defaultRegistry } from "../../../provider/apiserver/resources";

const registry = defaultRegistry();
const json = { format: "json" } as const;
const aggregated = {
  ...json,
  as: { kind: "APIGroupDiscoveryList", group: "apidiscovery.k8s.io", version: "v2" },
} as const;

describe("discovery", () => {
  it("lists groups and their resources with subresources", () => {
    expect(discoveryDocument("/api", registry, json)).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    expect(discoveryDocument("/apis", registry, json)).toMatchObject({
      groups: expect.arrayContaining([expect.objectContaining({ name: "kubevirt.io" })]),
    });
    expect(discoveryDocument("/apis/kubevirt.io/v1alpha1", registry, json)).toMatchObject({
      groupVersion: "kubevirt.io/v1alpha1",
      resources: expect.arrayContaining([
        expect.objectContaining({ name: "virtualmachines", shortNames: ["vm", "vms"], namespaced: true }),
        expect.objectContaining({ name: "virtualmachines/status", verbs: ["get", "patch", "update"] }),
      ]),
    });
  });

  it("says the same in one piece", () => {
    const document = JSON.stringify(discoveryDocument("/apis", registry, aggregated));
    expect(document).toContain('"resource":"virtualmachines"');
    expect(document).toContain('"subresource":"status"');
    expect(document).not.toContain("secrets");
    expect(JSON.stringify(discoveryDocument("/api", registry, aggregated))).toContain('"resource":"secrets"');
  });

  it("does not mention pods, and knows no group that is not there", () => {
    expect(JSON.stringify(discoveryDocument("/api/v1", registry, json))).not.toContain('"pods"');
    expect(discoveryDocument("/apis/apps", registry, json)).toBeUndefined();
    expect(discoveryDocument("/apis/kubevirt.io/v9", registry, json)).toBeUndefined();
    expect(discoveryDocument("/metrics", registry, json)).toBeUndefined();
  });
});

describe("OpenAPI", () => {
  it("describes the kinds of a group and what a patch may ask for", async () => {
    const document = JSON.stringify(await openApiDocument("/openapi/v3/apis/kubevirt.io/v1alpha1", registry));
    expect(document).toContain('"io.kubevirt.v1alpha1.VirtualMachine"');
    expect(document).toContain('"volumeName"');
    expect(document).toContain('"fieldValidation"');
    expect(document).toContain('"dryRun"');
    expect(document).not.toContain("$schema");
  });

  it("has an index that changes with the documents, and nothing elsewhere", async () => {
    const index = JSON.stringify(await openApiDocument("/openapi/v3", registry));
    expect(index).toMatch(/"apis\/kubevirt\.io\/v1alpha1":\{"serverRelativeURL":"[^"]*\?hash=[0-9a-f]{32}"/);
    expect(await openApiDocument("/openapi/v3/apis/other/v1", registry)).toBeUndefined();
    expect(await openApiDocument("/openapi", registry)).toBeUndefined();
  });
});
