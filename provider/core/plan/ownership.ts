/**
 * Who manages whom: an object has at most one controller, named by kind and uid in its owner references. A name alone
 * proves nothing, since another object may have it by now.
 */
import type { ObjectMeta, OwnerReference } from "../../api/meta";
import { apiVersion } from "../../api/v1alpha1/group";
import { isDeleting } from "../deletion";

interface Owned {
  readonly metadata: Pick<ObjectMeta, "ownerReferences" | "deletionTimestamp">;
}

interface Owner {
  readonly kind: string;
  readonly metadata: Pick<ObjectMeta, "name" | "uid">;
}

/** The reference to the object's manager, if it has one. */
export function controllerOf(object: Owned): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

export function isManagedBy(object: Owned, owner: Owner): boolean {
  return owner.metadata.uid !== undefined && controllerOf(object)?.uid === owner.metadata.uid;
}

/** Whether an object may be taken over: nobody manages it, and nobody has asked for its removal. */
export function isFree(object: Owned): boolean {
  return controllerOf(object) === undefined && !isDeleting(object);
}

/** The reference that makes `owner` the manager of an object. */
export function controllerReference({ kind, metadata }: Owner): OwnerReference {
  const { name = "", uid = "" } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** An object's owner references once `owner` manages it. Owners that manage nothing stay. */
export function adoptedBy(object: Owned, owner: Owner): readonly OwnerReference[] {
  const others = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  return [...others, controllerReference(owner)];
}

/** An object's owner references without `owner`. */
export function releasedBy(object: Owned, owner: Owner): readonly OwnerReference[] {
  return (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
}
