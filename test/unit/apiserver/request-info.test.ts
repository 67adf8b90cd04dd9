import { describe, expect, it } from "vitest";
import { parseResourcePath } from "../../../provider/apiserver/request-info";

describe("resource paths", () => {
  it.each([
    ["/api/v1/nodes", { group: "", version: "v1", plural: "nodes" }],
    ["/api/v1/nodes/", { group: "", version: "v1", plural: "nodes" }],
    ["/api/v1/watch/nodes", { group: "", version: "v1", plural: "nodes", watch: true }],
    ["/api/v1/watch/namespaces/a", { group: "", version: "v1", plural: "namespaces", name: "a", watch: true }],
    [
      "/apis/g.io/v1/watch/namespaces/a/vms/b",
      { group: "g.io", version: "v1", namespace: "a", plural: "vms", name: "b", watch: true },
    ],
    ["/api/v1/nodes/n/status", { group: "", version: "v1", plural: "nodes", name: "n", subresource: "status" }],
    ["/api/v1/namespaces", { group: "", version: "v1", plural: "namespaces" }],
    ["/api/v1/namespaces/a", { group: "", version: "v1", plural: "namespaces", name: "a" }],
    [
      "/api/v1/namespaces/a/status",
      { group: "", version: "v1", plural: "namespaces", name: "a", subresource: "status" },
    ],
    ["/api/v1/namespaces/a/secrets", { group: "", version: "v1", namespace: "a", plural: "secrets" }],
    ["/apis/g.io/v1/namespaces/a/vms/b", { group: "g.io", version: "v1", namespace: "a", plural: "vms", name: "b" }],
    [
      "/apis/g.io/v1/namespaces/a/vms/b/scale",
      { group: "g.io", version: "v1", namespace: "a", plural: "vms", name: "b", subresource: "scale" },
    ],
    ["/apis/g.io/v1/vms", { group: "g.io", version: "v1", plural: "vms" }],
    [
      "/api/v1/namespaces/a/secrets/m1%2esmall",
      { group: "", version: "v1", namespace: "a", plural: "secrets", name: "m1.small" },
    ],
  ])("%s is understood", (path, parsed) => {
    expect(parseResourcePath(path)).toEqual(parsed);
  });

  it.each([
    "/",
    "/api",
    "/api/v1",
    "/apis/g.io",
    "/apis/g.io/v1",
    "/other/v1/nodes",
    "/api/v1//nodes",
    "/api/v1/nodes//",
    "/api/v1/watch",
    "/api/v1/watch/watch/nodes",
    "/api/v1/nodes/..",
    "/api/v1/nodes/%2e%2e",
    "/api/v1/nodes/a%2fb",
    "/api/v1/nodes/%00",
    "/api/v1/nodes/%zz",
    "/api/v1/nodes/a/b/c",
    "/api/v1/namespaces/a/secrets/b/c/d",
  ])("%s is no resource's", (path) => {
    expect(parseResourcePath(path)).toBeUndefined();
  });
});
