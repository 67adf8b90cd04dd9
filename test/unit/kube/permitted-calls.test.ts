import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Permission } from "../../../provider/core/permission";
import { virtualMachines } from "../../../provider/core/resources";
import { KubeClient } from "../../../provider/kube/client";
import { NotPermittedError } from "../../../provider/kube/errors";
import { coreResources } from "../../../provider/kube/resource";
import { HttpApi, json } from "../../fakes/http-api";

const web = { namespace: "shop", name: "web" };

describe("a client with permissions", () => {
  let api: HttpApi;
  beforeEach(async () => {
    api = await HttpApi.open();
    api.answer = (_request, response) => json(response, 200, { metadata: {}, items: [] });
  });
  afterEach(() => api.close());

  const clientWith = (permitted: readonly Permission[], systemNamespace?: string) =>
    new KubeClient(api.connection, {
      fieldManager: "test",
      permitted,
      ...(systemNamespace === undefined ? {} : { systemNamespace }),
    });

  const calls: Readonly<Record<string, (client: KubeClient) => Promise<unknown>>> = {
    get: (client) => client.find(virtualMachines, web),
    list: (client) => client.list(virtualMachines),
    watch: (client) => client.watch(virtualMachines, { resourceVersion: "1" }),
    create: (client) => client.create(virtualMachines, { metadata: web }),
    update: (client) => client.update(virtualMachines, { metadata: web }),
    patch: (client) => client.mergePatch(virtualMachines, web, {}),
    delete: (client) => client.delete(virtualMachines, web),
  };

  it.each(Object.keys(calls))("sends no %s that it may not", async (verb) => {
    const others = Object.keys(calls).filter((other) => other !== verb) as Permission["verbs"];
    const refused = calls[verb]?.(clientWith([{ resource: virtualMachines, verbs: others }]));
    await expect(refused).rejects.toThrow(NotPermittedError);
    expect(api.requests).toEqual([]);
    await calls[verb]?.(clientWith([{ resource: virtualMachines, verbs: [verb] as Permission["verbs"] }]));
    expect(api.requests).toHaveLength(1);
  });

  it("says what to add, and where", async () => {
    const client = clientWith([{ resource: virtualMachines, verbs: ["update"] }]);
    await expect(client.update(virtualMachines, { metadata: web }, { subresource: "status" })).rejects.toThrow(
      'will update virtualmachines/status "web" in namespace "shop", so a cluster would refuse it; add { resource: virtualmachines, subresource: "status", verbs: ["update"] } to controllerPermissions (provider/controller/permissions.ts)',
    );
  });

  it("knows its own namespace", async () => {
    const permitted: readonly Permission[] = [
      { resource: coreResources.leases, verbs: ["get"], namespace: "system" },
      { resource: coreResources.nodes, verbs: ["get"] },
    ];
    await clientWith(permitted).get(coreResources.leases, { namespace: "kubevirt", name: "one" });
    await clientWith(permitted, "virt").get(coreResources.leases, { namespace: "virt", name: "one" });
    await clientWith(permitted).get(coreResources.nodes, { name: "one" });
    const elsewhere = clientWith(permitted, "virt").get(coreResources.leases, { namespace: "kubevirt", name: "one" });
    await expect(elsewhere).rejects.toThrow(NotPermittedError);
  });
});
