/** Whether two values of one setting mean the same, however they are spelled. */
import { sameQuantity } from "../../api/quantity";
import { child, type IsUnknown, isGiven, isObject } from "../json-tree";
import type { Setting } from "./settings";

/** A value not known yet may turn out to be any: it differs from nothing. */
export function sameMeaning(left: Setting, right: Setting, isUnknown: IsUnknown): boolean {
  if (Object.is(left.value, right.value)) return true;
  if (left.meaning === "quantity") {
    return isUnknown(left.value) || isUnknown(right.value) || sameAmount(left, right);
  }
  return same(meaningOf(left), meaningOf(right), isUnknown);
}

function sameAmount(left: Setting, right: Setting): boolean {
  return isAmount(left.value) && isAmount(right.value) && sameQuantity(left.value, right.value);
}

function isAmount(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

/** The value with its defaults filled in, where leaving one out means the same as writing it. */
function meaningOf(setting: Setting): unknown {
  const { value, meaning } = setting;
  switch (meaning) {
    case "feature":
      return isObject(value) ? { enabled: true, ...value } : value;
    case "timer":
      return isObject(value) ? { present: true, ...value } : value;
    case "watchdog": {
      if (!isObject(value)) return value;
      const model = child(value, "i6300esb");
      return { ...value, i6300esb: isObject(model) ? { action: "reset", ...model } : (model ?? { action: "reset" }) };
    }
    case "clock-offset":
      // A zone and an offset are different kinds of answer even when they agree today.
      return { [setting.field]: value };
    case "disk": {
      const cdrom = child(value, "cdrom");
      return isObject(value) && isObject(cdrom) ? { ...value, cdrom: { readonly: true, ...cdrom } } : value;
    }
    case "quantity":
    case "plain":
      return value;
  }
}

function same(left: unknown, right: unknown, isUnknown: IsUnknown): boolean {
  if (Object.is(left, right) || isUnknown(left) || isUnknown(right)) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index], isUnknown));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => sameField(child(left, key), child(right, key), isUnknown));
}

/** `false` and an absent switch mean the same in every field of a setting that has no other default. */
function sameField(left: unknown, right: unknown, isUnknown: IsUnknown): boolean {
  const absent = (value: unknown) => !isGiven(value) || value === false;
  return (absent(left) && absent(right)) || same(left, right, isUnknown);
}
