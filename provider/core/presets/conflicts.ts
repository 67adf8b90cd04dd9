/** Presets that disagree about a setting which the machine leaves open: nobody may choose between them silently. */
import { type FieldError, quoteValue } from "../field-error";
import type { IsUnknown } from "../json-tree";
import { sameMeaning } from "./same-meaning";
import type { Setting } from "./settings";

/** A setting that a preset offers. */
export interface Offer {
  readonly preset: string;
  readonly setting: Setting;
}

/** The disagreement among the offers for one setting, or undefined when they all mean the same. */
export function conflictOf(offers: readonly Offer[], isUnknown: IsUnknown): FieldError | undefined {
  if (offers.length < 2) return undefined;
  const known = offers.filter((offer) => !isUnknown(offer.setting.value));
  const [first, ...others] = known;
  if (first === undefined || others.every((other) => sameMeaning(first.setting, other.setting, isUnknown))) {
    return undefined;
  }
  const field = first.setting.field;
  const claims = known.map(({ preset, setting }) => {
    const place = setting.field === field ? "" : `${setting.field} `;
    return `preset '${preset}' says ${place}${quoteValue(setting.value)}`;
  });
  return {
    type: "FieldValueInvalid",
    field,
    detail: `${claims.join(", ")}; set it in the virtual machine, or let one preset only match it`,
  };
}
