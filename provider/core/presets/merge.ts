/** Writes settings into a domain. Returns a new domain; the one given stays as it was. */
import { child, childAt, items, withValueAt } from "../json-tree";
import type { Setting } from "./settings";

export function withSetting(domain: unknown, setting: Setting): unknown {
  if (setting.place.kind === "keys") return withValueAt(domain, setting.place.keys, setting.value);
  const keys = ["devices", "disks"];
  return withValueAt(domain, keys, [...items(childAt(domain, keys)), setting.value]);
}

/** The machine with another domain. */
export function withDomain<Machine extends object>(vm: Machine, domain: unknown): Machine {
  return { ...vm, spec: { ...asObject(child(vm, "spec")), domain } };
}

/** The machine with further annotations. */
export function withAnnotations<Machine extends object>(vm: Machine, more: Readonly<Record<string, string>>): Machine {
  const metadata = asObject(child(vm, "metadata"));
  return { ...vm, metadata: { ...metadata, annotations: { ...asObject(child(metadata, "annotations")), ...more } } };
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
