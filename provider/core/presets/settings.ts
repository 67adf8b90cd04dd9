/**
 * What counts as one setting of a DomainSpec: the smallest part that means something alone. Presets give, machines
 * keep and conflicts name settings, never parts of one. The table below is the whole list; a new field of DomainSpec
 * is a new row here, or part of a row.
 *
 *   resources.requests.KEY  resources.limits.KEY  cpu.cores  machine.type  firmware.uuid
 *   clock's offset (timezone or utc, as one)      clock.timer.NAME
 *   features.acpi  features.apic  features.hyperv.NAME
 *   devices.watchdog        devices.disks, each by name
 */
import { joinPath } from "../field-path";
import { child, childAt, type IsUnknown, isGiven, isObject, items, nothingUnknown } from "../json-tree";

/** How a setting is compared: quantities by value, switches with their defaults filled in, the rest as it stands. */
export type SettingMeaning = "quantity" | "plain" | "feature" | "timer" | "watchdog" | "clock-offset" | "disk";

export interface Setting {
  /** The same for every spelling of one setting: `clock` for `timezone` and for `utc`. */
  readonly slot: string;
  /** Path as people read it, from the object's root. */
  readonly field: string;
  readonly value: unknown;
  readonly meaning: SettingMeaning;
  readonly place: SettingPlace;
}

/** Where a setting is written to: keys from the domain, or a named item of the list of disks. */
export type SettingPlace =
  | { readonly kind: "keys"; readonly keys: readonly string[] }
  | { readonly kind: "disk"; readonly name: string };

const domainField = "spec.domain";

interface RowDeclaration {
  readonly keys: readonly [section: string, key?: string];
  readonly meaning: SettingMeaning;
  /** Every entry of the object at `keys` is a setting by itself. */
  readonly each?: true;
  /** Name of the slot when several fields share it. */
  readonly slot?: string;
}

const declarations: readonly RowDeclaration[] = [
  { keys: ["resources", "requests"], meaning: "quantity", each: true },
  { keys: ["resources", "limits"], meaning: "quantity", each: true },
  { keys: ["cpu", "cores"], meaning: "plain" },
  { keys: ["machine", "type"], meaning: "plain" },
  { keys: ["firmware", "uuid"], meaning: "plain" },
  { keys: ["clock", "timezone"], meaning: "clock-offset", slot: "clock offset" },
  { keys: ["clock", "utc"], meaning: "clock-offset", slot: "clock offset" },
  { keys: ["clock", "timer"], meaning: "timer", each: true },
  { keys: ["features", "acpi"], meaning: "feature" },
  { keys: ["features", "apic"], meaning: "feature" },
  { keys: ["features", "hyperv"], meaning: "feature", each: true },
  { keys: ["devices", "watchdog"], meaning: "watchdog", slot: "watchdog" },
  { keys: ["watchdog"], meaning: "watchdog", slot: "watchdog" },
];

interface Row {
  readonly slot: string;
  readonly field: string;
  readonly meaning: SettingMeaning;
  readonly place: SettingPlace;
  /** Key inside the section; absent when the section is the setting. */
  readonly key: string | undefined;
  /** Of a row whose entries are settings: what is the same for every domain, by key. */
  readonly entries: Map<string, Entry> | undefined;
}

interface Entry {
  readonly field: string;
  readonly place: SettingPlace;
}

/** The rows by the field of the domain that they are below, in the table's order. */
const sections: readonly { readonly name: string; readonly rows: readonly Row[] }[] = [
  ...new Set(declarations.map(({ keys }) => keys[0])),
].map((name) => ({ name, rows: declarations.filter(({ keys }) => keys[0] === name).map(rowOf) }));

function rowOf({ keys, meaning, each, slot }: RowDeclaration): Row {
  const path = keys.filter((key) => key !== undefined);
  const field = path.reduce(joinPath, domainField);
  const entries = each === undefined ? undefined : new Map<string, Entry>();
  return { slot: slot ?? field, field, meaning, place: { kind: "keys", keys: path }, key: keys[1], entries };
}

/** Keys of requests are anybody's: a bound on how many are remembered. */
const mostRemembered = 64;

function entryOf(row: Row, entries: Map<string, Entry>, key: string): Entry {
  const known = entries.get(key);
  if (known !== undefined) return known;
  const keys = row.place.kind === "keys" ? [...row.place.keys, key] : [key];
  const entry: Entry = { field: joinPath(row.field, key), place: { kind: "keys", keys } };
  if (entries.size < mostRemembered) entries.set(key, entry);
  return entry;
}

/** Every setting that a domain gives, in the table's order. Values not known yet are settings too. */
export function settingsOf(domain: unknown): readonly Setting[] {
  const settings: Setting[] = [];
  for (const { name, rows } of sections) {
    const section = child(domain, name);
    if (section === undefined) continue;
    for (const row of rows) addSettings(settings, row, row.key === undefined ? section : child(section, row.key));
  }
  addDisks(settings, childAt(domain, ["devices", "disks"]));
  return settings;
}

function addSettings(settings: Setting[], row: Row, value: unknown): void {
  const { slot, field, meaning, place, entries } = row;
  if (entries === undefined) {
    // An empty machine type, as some clients write it for an absent one, leaves the setting open.
    if (isGiven(value) && value !== "") settings.push({ slot, field, value, meaning, place });
    return;
  }
  if (!isObject(value)) return;
  for (const key of Object.keys(value)) {
    const inner = value[key];
    if (!isGiven(inner)) continue;
    const entry = entryOf(row, entries, key);
    settings.push({ slot: entry.field, field: entry.field, value: inner, meaning, place: entry.place });
  }
}

function addDisks(settings: Setting[], disks: unknown): void {
  for (const disk of items(disks)) {
    const name = child(disk, "name");
    if (typeof name !== "string") continue;
    const field = `${domainField}.devices.disks[name=${name}]`;
    settings.push({ slot: field, field, value: disk, meaning: "disk", place: { kind: "disk", name } });
  }
}

/** Whether some object on the way to the setting is not known yet, so that nobody can say what it holds. */
export function isHiddenByUnknown(domain: unknown, setting: Setting, isUnknown: IsUnknown): boolean {
  if (isUnknown === nothingUnknown) return false;
  const keys = setting.place.kind === "disk" ? ["devices", "disks"] : setting.place.keys.slice(0, -1);
  let current = domain;
  if (isUnknown(current)) return true;
  for (const key of keys) {
    current = child(current, key);
    if (isUnknown(current)) return true;
  }
  if (setting.place.kind !== "disk") return false;
  return items(current).some((disk) => isUnknown(disk) || isUnknown(child(disk, "name")));
}
