/** What a change of a field means for the object it is in. */
export type ChangeClass = "in-place" | "replace";

const replaces: Readonly<Record<string, readonly string[]>> = {
  // A machine is mortal: it runs once, as it was declared.
  VirtualMachine: ["metadata.name", "metadata.namespace", "spec"],
  VirtualMachinePreset: ["metadata.name", "metadata.namespace"],
};

/** `field` is `metadata.name`, `metadata.namespace`, `metadata.labels`, `metadata.annotations` or `spec`. */
export function changeClassOf(kind: string, field: string): ChangeClass {
  return (replaces[kind] ?? []).includes(field) ? "replace" : "in-place";
}
