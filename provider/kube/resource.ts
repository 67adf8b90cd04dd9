/** Which REST collection a call talks to, and the loose shape every Kubernetes object shares on the wire. */
export interface ResourceKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface OwnerReferenceLike {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean | undefined;
  readonly blockOwnerDeletion?: boolean | undefined;
}

export interface ObjectMetaLike {
  readonly name?: string | undefined;
  readonly generateName?: string | undefined;
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly generation?: number | undefined;
  readonly creationTimestamp?: string | null | undefined;
  readonly deletionTimestamp?: string | null | undefined;
  readonly deletionGracePeriodSeconds?: number | null | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly finalizers?: readonly string[] | undefined;
  readonly ownerReferences?: readonly OwnerReferenceLike[] | undefined;
}

export interface KubeObject {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: ObjectMetaLike;
}

export const coreResources = {
  namespaces: { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false },
  nodes: { group: "", version: "v1", kind: "Node", plural: "nodes", namespaced: false },
  events: { group: "", version: "v1", kind: "Event", plural: "events", namespaced: true },
  pods: { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true },
  leases: { group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases", namespaced: true },
  secrets: { group: "", version: "v1", kind: "Secret", plural: "secrets", namespaced: true },
  persistentVolumeClaims: {
    group: "",
    version: "v1",
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    namespaced: true,
  },
} as const satisfies Record<string, ResourceKind>;

export interface ResourceAddress {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: "status" | "scale" | "console" | "vnc" | "log" | "exec" | undefined;
}

/** The REST path, such as `/apis/kubevirt.io/v1alpha1/namespaces/default/virtualmachines/web/status`. */
export function resourcePath(resource: ResourceKind, address: ResourceAddress = {}): string {
  const parts = resource.group === "" ? ["api", resource.version] : ["apis", resource.group, resource.version];
  if (resource.namespaced && address.namespace !== undefined) parts.push("namespaces", address.namespace);
  parts.push(resource.plural);
  if (address.name !== undefined) parts.push(address.name);
  if (address.subresource !== undefined) parts.push(address.subresource);
  return `/${parts.map(encodeURIComponent).join("/")}`;
}

export function apiVersionOf(resource: ResourceKind): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** `namespace/name`, or the bare name of a cluster-scoped object: the key of caches and queues. */
export function keyOf(object: KubeObject): string {
  const name = object.metadata.name ?? "";
  return object.metadata.namespace === undefined ? name : `${object.metadata.namespace}/${name}`;
}
