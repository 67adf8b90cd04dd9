/**
 * What the server says about itself: versions, groups and resources, in the old form (one document per group and
 * version) and in the aggregated one that kubectl prefers. Derived from the registry alone.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
import { guestGroup, guestSubresources } from "./guests/guest-streams";
import type { Accepted } from "./negotiate";
import type { JsonRecord } from "./object";
import { apiVersionOf, type Registry, type ResourceDefinition } from "./registry";

/** The API level of Kubernetes whose conventions the server follows; clients compare it with their own. */
export const gitVersion = "v1.32.0";

export function versionInfo(release: string): JsonRecord {
  return {
    major: "1",
    minor: "32",
    gitVersion: `${gitVersion}+kubevirt-local-${release}`,
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "",
    compiler: "node",
    platform: `${process.platform}/${process.arch}`,
  };
}

/** The document at a discovery path, or undefined when the path is none. */
export function discoveryDocument(pathname: string, registry: Registry, { as }: Accepted): JsonRecord | undefined {
  const aggregated = as?.kind === "APIGroupDiscoveryList";
  const listed = registry.definitions.filter((definition) => definition.listed).sort(byPlural);
  const segments = pathname.split("/").filter((segment) => segment !== "");
  const [root, group, version] = segments;
  if (root === "api") {
    if (segments.length === 1) return aggregated ? aggregatedDiscovery(listed.filter(isCore)) : coreVersions;
    return segments.length === 2 ? resourceList("", group ?? "", listed) : undefined;
  }
  if (root !== "apis") return undefined;
  if (group === undefined)
    return aggregated ? aggregatedDiscovery(listed.filter((each) => !isCore(each))) : groupList(listed);
  if (version === undefined) return groupsOf(listed).find((each) => each.name === group);
  return segments.length === 3 ? resourceList(group, version, listed) : undefined;
}

/** Clients show kinds in the order of discovery, which is that of the alphabet within a group. */
function byPlural(left: ResourceDefinition, right: ResourceDefinition): number {
  return left.plural < right.plural ? -1 : 1;
}

export const aggregatedContentType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const coreVersions = { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };

/** Answered by POST alone and nowhere stored. */
const reviews = [
  { group: "authorization.k8s.io", kind: "SelfSubjectAccessReview", plural: "selfsubjectaccessreviews" },
  { group: "authorization.k8s.io", kind: "SelfSubjectRulesReview", plural: "selfsubjectrulesreviews" },
  { group: "authentication.k8s.io", kind: "SelfSubjectReview", plural: "selfsubjectreviews" },
] as const;

function isCore({ group }: ResourceDefinition): boolean {
  return group === "";
}

function groupsOf(listed: readonly ResourceDefinition[]) {
  const names = new Map(listed.filter((each) => !isCore(each)).map((each) => [each.group, each.version]));
  for (const review of reviews) names.set(review.group, "v1");
  names.set(guestGroup.group, guestGroup.version);
  return [...names].map(([name, version]) => {
    const entry = { groupVersion: `${name}/${version}`, version };
    return { kind: "APIGroup", apiVersion: "v1", name, versions: [entry], preferredVersion: entry };
  });
}

function groupList(listed: readonly ResourceDefinition[]): JsonRecord {
  const groups = groupsOf(listed).map(({ name, versions, preferredVersion }) => ({ name, versions, preferredVersion }));
  return { kind: "APIGroupList", apiVersion: "v1", groups };
}

function resourceList(group: string, version: string, listed: readonly ResourceDefinition[]): JsonRecord | undefined {
  if (group === guestGroup.group && version === guestGroup.version) return guestResourceList;
  const own = listed.filter((each) => each.group === group && each.version === version);
  const ownReviews = reviews.filter((each) => each.group === group && version === "v1");
  if (own.length === 0 && ownReviews.length === 0) return undefined;
  const resources = [
    ...own.flatMap(legacyResources),
    ...ownReviews.map(({ kind, plural }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced: false,
      kind,
      verbs: ["create"],
    })),
  ];
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: apiVersionOf({ group, version }), resources };
}

const guestKind = { group: "kubevirt.io", version: "v1alpha1", kind: "VirtualMachine" };

/** Ways to a guest: subresources of a resource that is served in another group. */
const guestResourceList: JsonRecord = {
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion: apiVersionOf(guestGroup),
  resources: guestSubresources.map((name) => ({
    name: `${guestGroup.plural}/${name}`,
    singularName: "",
    namespaced: true,
    ...guestKind,
    verbs: ["get"],
  })),
};

/** Clients leave out a resource whose kind is empty, and take its subresources. */
const aggregatedGuests: JsonRecord = {
  resource: guestGroup.plural,
  responseKind: { group: "", version: "", kind: "" },
  scope: "Namespaced",
  singularResource: "",
  verbs: [],
  subresources: guestSubresources.map((subresource) => ({ subresource, responseKind: guestKind, verbs: ["get"] })),
};

function legacyResources(definition: ResourceDefinition): readonly JsonRecord[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = definition;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
  };
  const subresources = subresourcesOf(definition).map(({ name, responseKind, verbs: allowed }) => ({
    name: `${plural}/${name}`,
    singularName: "",
    namespaced,
    ...(responseKind.group === definition.group ? {} : { group: responseKind.group, version: responseKind.version }),
    kind: responseKind.kind,
    verbs: allowed,
  }));
  return [main, ...subresources];
}

interface Subresource {
  readonly name: string;
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly verbs: readonly string[];
}

function subresourcesOf({ group, version, kind, subresources }: ResourceDefinition): readonly Subresource[] {
  const verbs = ["get", "patch", "update"];
  const scale = { group: "autoscaling", version: "v1", kind: "Scale" };
  return [
    ...(subresources.status ? [{ name: "status", responseKind: { group, version, kind }, verbs }] : []),
    ...(subresources.scale === undefined ? [] : [{ name: "scale", responseKind: scale, verbs }]),
  ];
}

function aggregatedDiscovery(listed: readonly ResourceDefinition[]): JsonRecord {
  const groups = new Map<string, { version: string; resources: JsonRecord[] }>();
  for (const definition of listed) {
    const group = groups.get(definition.group) ?? { version: definition.version, resources: [] };
    group.resources.push(aggregatedResource(definition));
    groups.set(definition.group, group);
  }
  if (!groups.has("")) {
    for (const review of reviews) {
      const group = groups.get(review.group) ?? { version: "v1", resources: [] };
      group.resources.push(aggregatedReview(review));
      groups.set(review.group, group);
    }
    groups.set(guestGroup.group, { version: guestGroup.version, resources: [aggregatedGuests] });
  }
  const items = [...groups].map(([name, { version, resources }]) => ({
    metadata: { ...(name === "" ? {} : { name }), creationTimestamp: null },
    versions: [{ version, resources, freshness: "Current" }],
  }));
  return { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
}

function aggregatedResource(definition: ResourceDefinition): JsonRecord {
  const { group, version, kind, plural, singular, namespaced, shortNames, categories, verbs } = definition;
  const subresources = subresourcesOf(definition).map(({ name, responseKind, verbs: allowed }) => ({
    subresource: name,
    responseKind,
    verbs: allowed,
  }));
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

function aggregatedReview({ group, kind, plural }: (typeof reviews)[number]): JsonRecord {
  return {
    resource: plural,
    responseKind: { group, version: "v1", kind },
    scope: "Cluster",
    singularResource: kind.toLowerCase(),
    verbs: ["create"],
  };
}
