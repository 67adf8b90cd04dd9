/**
 * What a machine and its presets come to, worked out from the definition of a setting alone: the machine's own settings
 * stay, open ones come from the presets, and presets that disagree about an open one are in conflict. Written apart from
 * the implementation, which is checked against it for every recorded line.
 */
import { parseQuantity } from "../../../provider/api/quantity";
import { child, childAt, isObject, items } from "../../../provider/core/json-tree";

/** Path of a setting below the domain → what it says, in one spelling. */
export type Settings = ReadonlyMap<string, string>;

/** What became of one setting of one preset. */
export interface Claim {
  readonly preset: string;
  readonly path: string;
  readonly fate: "given" | "same" | "overridden";
}

export interface Merge {
  readonly settings: Settings;
  readonly claims: readonly Claim[];
  /** Open settings about which presets disagree; with any, nothing is given. */
  readonly conflicts: readonly string[];
}

export interface NamedDomain {
  readonly name: string;
  readonly domain: unknown;
}

export function mergeByDefinition(domain: unknown, presets: readonly NamedDomain[]): Merge {
  const own = settingsByDefinition(domain);
  const open = new Map<string, Set<string>>();
  const claims: Claim[] = [];
  for (const preset of presets) {
    for (const [path, text] of settingsByDefinition(preset.domain)) {
      const mine = own.get(path);
      if (mine === undefined) open.set(path, (open.get(path) ?? new Set()).add(text));
      const fate = mine === undefined ? "given" : mine === text ? "same" : "overridden";
      claims.push({ preset: preset.name, path, fate });
    }
  }
  const conflicts = [...open].filter(([, texts]) => texts.size > 1).map(([path]) => path);
  const given = conflicts.length > 0 ? [] : [...open].map(([path, texts]) => [path, [...texts].join()] as const);
  return { settings: new Map([...own, ...given]), claims, conflicts };
}

const single = ["cpu.cores", "machine.type", "firmware.uuid", "features.acpi", "features.apic"];
const each = ["resources.requests", "resources.limits", "clock.timer", "features.hyperv"];

export function settingsByDefinition(domain: unknown): Settings {
  const settings = new Map<string, string>();
  const add = (path: string, value: unknown) => {
    if (value !== undefined && value !== null && value !== "") settings.set(path, spelled(path, value));
  };
  for (const path of single) add(path, childAt(domain, path.split(".")));
  for (const path of each) {
    const map = childAt(domain, path.split("."));
    for (const key of isObject(map) ? Object.keys(map) : []) add(`${path}.${key}`, child(map, key));
  }
  add("devices.watchdog", childAt(domain, ["devices", "watchdog"]) ?? child(domain, "watchdog"));
  const { timezone, utc } = Object(child(domain, "clock"));
  if (isFilled(timezone)) add("clock.offset", { timezone });
  else if (isFilled(utc)) add("clock.offset", { utc });
  for (const disk of items(childAt(domain, ["devices", "disks"]))) add(`devices.disks[${child(disk, "name")}]`, disk);
  return settings;
}

function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** One spelling of a value: amounts as numbers, defaults written out, keys in order, nothing empty. */
function spelled(path: string, value: unknown): string {
  if (path.startsWith("resources.")) {
    const exact = typeof value === "string" || typeof value === "number" ? parseQuantity(value) : undefined;
    return exact === undefined ? String(value) : String(exact.nanos);
  }
  return sorted(withDefaults(path, value));
}

function withDefaults(path: string, value: unknown): unknown {
  if (!isObject(value)) return value;
  if (path.startsWith("features.")) return { enabled: true, ...value };
  if (path.startsWith("clock.timer.")) return { present: true, ...value };
  if (path === "devices.watchdog") {
    return { ...value, i6300esb: { action: "reset", ...Object(child(value, "i6300esb")) } };
  }
  const cdrom = child(value, "cdrom");
  return isObject(cdrom) ? { ...value, cdrom: { readonly: true, ...cdrom } } : value;
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (!isObject(inner)) return inner;
    const said = Object.entries(inner).filter(
      ([key, one]) => isFilled(one) && !(one === false && offByDefault.has(key)),
    );
    return Object.fromEntries(said.sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}

const offByDefault = new Set(["endOfInterrupt"]);
