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
import { child, childAt, type IsUnknown, isGiven, isObject, items } from "../json-tree";

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
  readonly keys: readonly string[];
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

/** With the parts that are the same for every domain made once. */
const rows = declarations.map((row) => ({
  ...row,
  field: row.keys.reduce(joinPath, domainField),
  place: { kind: "keys", keys: row.keys } satisfies SettingPlace,
}));

/** Every setting that a domain gives, in the table's order. Values not known yet are settings too. */
export function settingsOf(domain: unknown): readonly Setting[] {
  const settings: Setting[] = [];
  for (const row of rows) {
    const value = childAt(domain, row.keys);
    if (row.each === undefined) {
      // An empty machine type, as some clients write it for an absent one, leaves the setting open.
      if (isGiven(value) && value !== "") {
        settings.push({ slot: row.slot ?? row.field, field: row.field, value, meaning: row.meaning, place: row.place });
      }
    } else if (isObject(value)) {
      for (const key of Object.keys(value)) {
        const inner = value[key];
        if (!isGiven(inner)) continue;
        const field = joinPath(row.field, key);
        settings.push({
          slot: field,
          field,
          value: inner,
          meaning: row.meaning,
          place: { kind: "keys", keys: [...row.keys, key] },
        });
      }
    }
  }
  for (const disk of items(childAt(domain, ["devices", "disks"]))) {
    const name = child(disk, "name");
    if (typeof name !== "string") continue;
    const field = `${domainField}.devices.disks[name=${name}]`;
    settings.push({ slot: field, field, value: disk, meaning: "disk", place: { kind: "disk", name } });
  }
  return settings;
}

/** Whether some object on the way to the setting is not known yet, so that nobody can say what it holds. */
export function isHiddenByUnknown(domain: unknown, setting: Setting, isUnknown: IsUnknown): boolean {
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
