import { describe, expect, it } from "vitest";
import { agentPermissions } from "../../../provider/agent/permissions";
import { controllerPermissions } from "../../../provider/controller/permissions";
import { isPermitted, type Permission, verbs } from "../../../provider/core/permission";
import { controlPlaneManifests, type Manifest } from "../../../provider/deploy";

const all = controlPlaneManifests({ image: { registry: "registry.example.com" }, namespace: "virt" }, "1.2.3");
const rulesOf = (manifest: Manifest) =>
  manifest.rules as readonly { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];
const rolesNamed = (name: string) => all.filter(({ kind, metadata }) => /Role$/.test(kind) && metadata.name === name);

/** `verb group resource namespace` of everything that roles of this name allow. */
function allowed(name: string): readonly string[] {
  return rolesNamed(name).flatMap((role) =>
    rulesOf(role).flatMap((rule) =>
      rule.verbs.map((verb) =>
        [
          verb,
          ...rule.apiGroups,
          ...rule.resources,
          role.metadata.namespace ?? "*",
          ...(rule.resourceNames ?? []),
        ].join(" "),
      ),
    ),
  );
}

describe.each([
  ["kubevirt.io:controller", "virt-controller", controllerPermissions],
  ["kubevirt.io:agent", "virt-agent", agentPermissions],
] as const)("the roles %s", (roleName, account, permissions: readonly Permission[]) => {
  it("allow what the code declares, and nothing else", () => {
    const declared = permissions.flatMap((permission) =>
      permission.verbs.map((verb) => {
        const resource = [permission.resource.plural, permission.subresource].filter(Boolean).join("/");
        const namespace = permission.namespace === "system" ? "virt" : (permission.namespace ?? "*");
        return [verb, permission.resource.group, resource, namespace, ...(permission.names ?? [])].join(" ");
      }),
    );
    expect([...allowed(roleName)].sort()).toEqual([...declared].sort());
    expect(new Set(declared).size).toBe(declared.length);
  });

  it("name everything: no verb, group or resource is `*`", () => {
    expect(JSON.stringify(rolesNamed(roleName).map(rulesOf))).not.toContain("*");
  });

  it("give no way to secrets, to other roles, or into pods", () => {
    for (const plural of ["secrets", "serviceaccounts", "roles", "clusterroles", "configmaps"]) {
      for (const verb of verbs) {
        const resource = { group: plural.endsWith("roles") ? "rbac.authorization.k8s.io" : "", plural };
        expect(isPermitted(permissions, { verb, resource, namespace: "virt" }, "virt")).toBe(false);
      }
    }
    expect(permissions.map(({ subresource }) => subresource ?? "status")).toEqual(permissions.map(() => "status"));
  });

  it("are bound to their account where they hold", () => {
    const roles = rolesNamed(roleName);
    const bindings = all.filter(({ kind, metadata }) => kind.endsWith("RoleBinding") && metadata.name === roleName);
    expect(bindings.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual(
      roles.map(({ kind, metadata }) => [`${kind}Binding`, metadata.namespace]),
    );
    for (const binding of bindings) {
      expect(binding.subjects).toEqual([{ kind: "ServiceAccount", name: account, namespace: "virt" }]);
      expect(binding.roleRef).toMatchObject({ kind: binding.kind.replace("Binding", ""), name: roleName });
    }
  });
});

describe("an agent", () => {
  it("writes no object of a machine, makes no pod, and touches no node", () => {
    const writes = agentPermissions.flatMap(({ resource, subresource, verbs: list }) =>
      list
        .filter((verb) => !["get", "list", "watch"].includes(verb))
        .map((verb) => [verb, resource.plural, subresource]),
    );
    expect(writes).toEqual([
      ["update", "virtualmachines", "status"],
      ["create", "events", undefined],
      ["patch", "events", undefined],
      ["create", "leases", undefined],
      ["update", "leases", undefined],
    ]);
  });
});

describe("the roles for people", () => {
  it("join those that every cluster has", () => {
    for (const name of ["admin", "edit", "view"]) {
      const [role] = rolesNamed(`kubevirt.io:${name}`);
      expect(role?.metadata.labels).toMatchObject({ [`rbac.authorization.k8s.io/aggregate-to-${name}`]: "true" });
    }
  });

  it("let who may edit change machines and scale sets, but no status; and who may view, read", () => {
    expect(allowed("kubevirt.io:edit")).toEqual(
      expect.arrayContaining([expect.stringMatching(/^create kubevirt\.io .*virtualmachines\b/)]),
    );
    expect(allowed("kubevirt.io:edit")).toContain("update kubevirt.io virtualmachinereplicasets/scale *");
    expect(allowed("kubevirt.io:edit").join("\n")).not.toContain("/status");
    expect(allowed("kubevirt.io:view").filter((line) => !/^(get|list|watch) /.test(line))).toEqual([]);
  });
});
