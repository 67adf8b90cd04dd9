/** Compares defaults: the recorded object with its defaults against this project's effective machine. */
import { parseQuantity } from "../../provider/api/quantity";
import type { VirtualMachine } from "../../provider/api/v1alpha1/virtual-machine";
import { defaultMemory, effectiveVirtualMachine } from "../../provider/core/defaults";
import { childAt, isObject, items } from "../../provider/core/json-tree";
import type { DefaultsCase } from "./recorded";

export function compareDefaults({ object, expect }: DefaultsCase): readonly string[] {
  if (!("canonical" in expect)) return [];
  const ours = flatten(childAt(effectiveVirtualMachine(object as VirtualMachine), ["spec", "domain"]), "");
  const theirs = new Map([...flatten(childAt(expect.canonical, ["spec", "domain"]), "")].map(expected(object)));
  // Facts of this project that the recorded implementation had no default for.
  if (!theirs.has(".cpu.cores")) theirs.set(".cpu.cores", "1");
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((key) => ours.get(key) !== theirs.get(key))
    .map((key) => `${key}: ${ours.get(key)}, not ${theirs.get(key)}`);
}

/** Deliberate differences that follow one rule each: a usable default memory, and a bus on which a LUN works. */
function expected(object: unknown): (entry: [string, string]) => [string, string] {
  const requested = childAt(object, ["spec", "domain", "resources", "requests", "memory"]);
  const limit = childAt(object, ["spec", "domain", "resources", "limits", "memory"]);
  const disks = items(childAt(object, ["spec", "domain", "devices", "disks"]));
  return ([key, value]) => {
    if (key === ".resources.requests.memory" && requested === undefined) {
      return [key, amount(typeof limit === "string" ? limit : defaultMemory)];
    }
    const lun = /^\.devices\.disks\.([0-9]+)\.lun\.bus$/.exec(key)?.[1];
    const given = lun === undefined ? undefined : childAt(disks[Number(lun)], ["lun", "bus"]);
    return lun !== undefined && given === undefined ? [key, "scsi"] : [key, value];
  };
}

/** Path → value. Empty objects, false where false is the default, and made-up UUIDs say nothing. */
function flatten(value: unknown, path: string): Map<string, string> {
  if (Array.isArray(value)) return merged(value.map((item, index) => flatten(item, `${path}.${index}`)));
  if (isObject(value)) return merged(Object.entries(value).map(([key, inner]) => flatten(inner, `${path}.${key}`)));
  if (value === undefined || value === "" || value === "<random-uuid-v4>") return new Map();
  if (value === false && /\.(disk|lun|floppy)\.readonly$|\.endOfInterrupt$/.test(path)) return new Map();
  return new Map([[path, path.startsWith(".resources.") ? amount(String(value)) : String(value)]]);
}

function merged(maps: readonly Map<string, string>[]): Map<string, string> {
  return new Map(maps.flatMap((map) => [...map]));
}

function amount(quantity: string): string {
  return String(parseQuantity(quantity)?.nanos ?? quantity);
}
