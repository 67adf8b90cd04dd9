/**
 * What a program may ask of an API server, as data: its client refuses every other call before it is sent, and the roles
 * on a cluster are made of the same lists. So what the code calls and what it is allowed to call cannot drift apart.
 */

export const verbs = ["get", "list", "watch", "create", "update", "patch", "delete"] as const;

/** Kubernetes' words for the kinds of request. */
export type Verb = (typeof verbs)[number];

/** The collection that a call is about. */
export interface PermittedResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly plural: string;
}

/** Stands for the namespace that the control plane itself is in, whatever its name. */
export const ownNamespace = "system";

export interface Permission {
  readonly resource: PermittedResource;
  /** Such as `status`. Default: the object itself. */
  readonly subresource?: string;
  readonly verbs: readonly Verb[];
  /** The only namespace in which it holds: a name, or "system" for the control plane's own. Default: every one. */
  readonly namespace?: string;
  /** The only objects that it is about. Lists, watches and creations have no name. Default: every one. */
  readonly names?: readonly string[];
}

/** One call, as it is about to be sent. */
export interface Call {
  readonly verb: Verb;
  readonly resource: PermittedResource;
  readonly subresource?: string | undefined;
  /** Absent for all namespaces, and for what is in none. */
  readonly namespace?: string | undefined;
  /** Absent for many objects, and for one that is to be made. */
  readonly name?: string | undefined;
}

/** The name on a cluster of a permission's namespace; undefined when it holds everywhere. */
export function namespaceOf({ namespace }: Permission, systemNamespace: string): string | undefined {
  return namespace === ownNamespace ? systemNamespace : namespace;
}

export function isPermitted(permissions: readonly Permission[], call: Call, systemNamespace: string): boolean {
  return permissions.some((permission) => {
    const where = namespaceOf(permission, systemNamespace);
    return (
      permission.resource.group === call.resource.group &&
      permission.resource.plural === call.resource.plural &&
      permission.subresource === call.subresource &&
      permission.verbs.includes(call.verb) &&
      (where === undefined || where === call.namespace) &&
      (permission.names === undefined || (call.name !== undefined && permission.names.includes(call.name)))
    );
  });
}

/** As roles spell it: `virtualmachines/status`. */
export function resourceText({ resource, subresource }: Pick<Call, "resource" | "subresource">): string {
  return subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
}
