/** What a change of a field means for the object it is in. */
export type ChangeClass =
  /** It takes effect at once. */
  | "in-place"
  /** The object has it at once; the guest when it is next started. */
  | "next-start"
  /** Another object is made in the place of this one. */
  | "replace";

/** By kind, the fields that do not change in place. The longest path that a field is at or below counts. */
const classes: Readonly<Record<string, Readonly<Record<string, ChangeClass>>>> = {
  // A machine is mortal: it runs once, as it was declared.
  VirtualMachine: { spec: "replace" },
  OfflineVirtualMachine: { "spec.template": "next-start" },
  // With another selector it would lose its machines without removing them.
  VirtualMachineReplicaSet: { "spec.selector": "replace", "spec.template": "next-start" },
};

const identity: Readonly<Record<string, ChangeClass>> = { "metadata.name": "replace", "metadata.namespace": "replace" };

/** `field` is a path such as `metadata.labels`, `spec` or `spec.template.spec.domain`. */
export function changeClassOf(kind: string, field: string): ChangeClass {
  const known = { ...identity, ...classes[kind] };
  for (let path = field; path !== ""; path = path.slice(0, Math.max(0, path.lastIndexOf(".")))) {
    const found = known[path];
    if (found !== undefined) return found;
  }
  return "in-place";
}
