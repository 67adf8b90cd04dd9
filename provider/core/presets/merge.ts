/** Writes settings into a domain. Returns a new domain; the one given stays as it was. */
import { child, isObject, items } from "../json-tree";
import type { Setting } from "./settings";

type Draft = Record<string, unknown>;

/** The domain with these settings in it. What no setting touches is shared with the domain that was given. */
export function withSettings(domain: unknown, settings: readonly { readonly setting: Setting }[]): unknown {
  if (settings.length === 0) return domain;
  const drafts = new Set<unknown>();
  const draftOf = (value: unknown): Draft => {
    const draft: Draft = isObject(value) ? { ...value } : {};
    drafts.add(draft);
    return draft;
  };
  /** The object at a key, to be written to. */
  const opened = (parent: Draft, key: string): Draft => {
    const value = child(parent, key);
    if (isObject(value) && drafts.has(value)) return value as Draft;
    const draft = draftOf(value);
    setOwn(parent, key, draft);
    return draft;
  };

  const root = draftOf(domain);
  for (const { setting } of settings) {
    const { place, value } = setting;
    if (place.kind === "disk") {
      const devices = opened(root, "devices");
      devices.disks = [...items(child(devices, "disks")), value];
      continue;
    }
    let parent = root;
    const last = place.keys.length - 1;
    for (let index = 0; index < last; index += 1) parent = opened(parent, place.keys[index] ?? "");
    setOwn(parent, place.keys[last] ?? "", value);
  }
  return root;
}

/** Defines an own property, even one that is called `__proto__`. */
function setOwn(target: Draft, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
}

/** The machine with another domain and further annotations. */
export function withDomain<Machine extends object>(
  vm: Machine,
  domain: unknown,
  more: Readonly<Record<string, string>>,
): Machine {
  const metadata = asObject(child(vm, "metadata"));
  const annotations = { ...asObject(child(metadata, "annotations")), ...more };
  return { ...vm, metadata: { ...metadata, annotations }, spec: { ...asObject(child(vm, "spec")), domain } };
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
