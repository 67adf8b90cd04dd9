/** What a server says of itself, as far as clients of the project's kinds read it. */
import { expect } from "vitest";
import { isRecord, textAt, valueAt } from "../../../../provider/apiserver/object";
import type { Area } from "../support/case";
import type { Session } from "../support/session";

const aggregated = { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" };
const served = /^(?:configmaps|events|namespaces|nodes|persistentvolumeclaims|secrets)(?:\/status)?$/;

function listOf(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const list = valueAt(value, ...path);
  return Array.isArray(list) ? list : [];
}

/** A server's own order of resources and verbs, and its marks of stored versions, mean nothing to clients. */
function ordered(resource: unknown, name = "name"): Readonly<Record<string, unknown>> & { readonly name: string } {
  if (!isRecord(resource)) throw new Error("a resource is no object");
  const { storageVersionHash: _, ...rest } = resource;
  return { ...rest, name: textAt(resource, name), verbs: listOf(resource, "verbs").map(String).sort() };
}

function sorted(resources: readonly ReturnType<typeof ordered>[]) {
  return [...resources].sort((left, right) => (left.name < right.name ? -1 : 1));
}

async function tellResources(session: Session, path: string, served = /./) {
  const { body } = await session.quiet({ method: "GET", path });
  const resources = sorted(listOf(body, "resources").map((each) => ordered(each))).filter(({ name }) =>
    served.test(name),
  );
  session.note(path, { kind: valueAt(body, "kind"), groupVersion: valueAt(body, "groupVersion"), resources });
  return resources;
}

export const discovery: Area = {
  name: "discovery",
  cases: [
    {
      name: "tells the resources of the group",
      run: async (session) => {
        const names = (await tellResources(session, "/apis/kubevirt.io/v1alpha1")).map(({ name }) => name);
        expect(names).toContain("virtualmachines/status");
        await session.get("/apis/kubevirt.io");
        await tellResources(session, "/apis/coordination.k8s.io/v1");
      },
    },
    {
      name: "tells all in one document",
      run: async (session) => {
        const { headers, body } = await session.quiet({ method: "GET", path: "/apis", headers: aggregated });
        const group = listOf(body, "items").find((each) => textAt(each, "metadata", "name") === "kubevirt.io");
        expect(group).toMatchObject({ versions: [{ version: "v1alpha1" }] });
        const resources = listOf(listOf(group, "versions")[0], "resources").map((each) => ordered(each, "resource"));
        session.note("group", {
          type: headers["content-type"],
          kind: valueAt(body, "kind"),
          resources: sorted(resources),
        });
      },
    },
    {
      name: "tells the built-in resources",
      run: async (session) => {
        await tellResources(session, "/api/v1", served);
        session.note("versions", valueAt((await session.quiet({ method: "GET", path: "/api" })).body, "versions"));
      },
    },
    {
      name: "describes the kinds for clients that check and explain",
      run: async (session) => {
        const { body } = await session.quiet({ method: "GET", path: "/openapi/v3/apis/kubevirt.io/v1alpha1" });
        const schemas = valueAt(body, "components", "schemas");
        for (const kind of ["VirtualMachine", "VirtualMachineReplicaSet", "OfflineVirtualMachine"]) {
          const schema = valueAt(schemas, `io.kubevirt.v1alpha1.${kind}`);
          expect(valueAt(schema, "x-kubernetes-group-version-kind")).toEqual([
            { group: "kubevirt.io", version: "v1alpha1", kind },
          ]);
          session.note(`${kind}.spec`, valueAt(schema, "properties", "spec"));
          session.note(`${kind}.status`, valueAt(schema, "properties", "status"));
        }
      },
    },
  ],
};
