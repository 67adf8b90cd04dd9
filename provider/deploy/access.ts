/**
 * Who may do what: the accounts of controller and agents with roles made of the permissions that their code declares, and
 * roles for people, which join the cluster's own admin, edit and view.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
import { group, kinds } from "../api/v1alpha1/kinds";
import { namespaceOf, type Permission, resourceText } from "../core/permission";
import { type Component, labelsOf, type Manifest } from "./manifest";

const api = "rbac.authorization.k8s.io/v1";

export interface Account {
  /** Also the name of the part of the control plane that uses it. */
  readonly name: "virt-controller" | "virt-agent";
  readonly roleName: string;
  readonly permissions: readonly Permission[];
}

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export function serviceAccount({ name }: Account, namespace: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace, labels: labelsOf(name) },
    // Its own pods ask for the token; no other that is put in this namespace gets it unasked.
    automountServiceAccountToken: false,
  };
}

/** A cluster role for what holds everywhere, a role for each single namespace, and a binding for each of them. */
export function rolesOf(account: Account, systemNamespace: string): readonly Manifest[] {
  const places = new Map<string | undefined, Permission[]>();
  for (const permission of account.permissions) {
    const where = namespaceOf(permission, systemNamespace);
    places.set(where, [...(places.get(where) ?? []), permission]);
  }
  return [...places].flatMap(([namespace, permissions]) => {
    const scope = namespace === undefined ? "Cluster" : "";
    const metadata = {
      name: account.roleName,
      ...(namespace === undefined ? {} : { namespace }),
      labels: labelsOf(account.name),
    };
    return [
      { apiVersion: api, kind: `${scope}Role`, metadata, rules: permissions.map(ruleOf) },
      {
        apiVersion: api,
        kind: `${scope}RoleBinding`,
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: `${scope}Role`, name: account.roleName },
        subjects: [{ kind: "ServiceAccount", name: account.name, namespace: systemNamespace }],
      },
    ];
  });
}

function ruleOf(permission: Permission): PolicyRule {
  return {
    apiGroups: [permission.resource.group],
    resources: [resourceText(permission)],
    ...(permission.names === undefined ? {} : { resourceNames: permission.names }),
    verbs: permission.verbs,
  };
}

const reading = ["get", "list", "watch"] as const;
const writing = ["create", "update", "patch", "delete", "deletecollection"] as const;

/** Whoever may edit, view or administer a namespace may do so with its machines. */
export function userRoles(): readonly Manifest[] {
  return [
    userRole("admin", [...reading, ...writing]),
    userRole("edit", [...reading, ...writing]),
    userRole("view", reading),
  ];
}

function userRole(name: "admin" | "edit" | "view", verbs: readonly string[]): Manifest {
  const plurals = kinds.map(({ plural }) => plural);
  const scalable = kinds.filter(({ subresources }) => subresources.scale !== undefined);
  const component: Component = "access";
  return {
    apiVersion: api,
    kind: "ClusterRole",
    metadata: {
      name: `${group}:${name}`,
      labels: { ...labelsOf(component), [`rbac.authorization.k8s.io/aggregate-to-${name}`]: "true" },
    },
    rules: [
      { apiGroups: [group], resources: plurals, verbs },
      {
        apiGroups: [group],
        resources: scalable.map(({ plural }) => `${plural}/scale`),
        verbs: name === "view" ? ["get"] : ["get", "update", "patch"],
      },
    ],
  };
}
