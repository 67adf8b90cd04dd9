/** `resources.requests.memory` → `<memory>`: exactly what was asked for, up to libvirt's grain of one kibibyte. */
import { parseQuantity, quantityToBytes } from "../../api/quantity";
import type { Resources } from "../../api/v1alpha1/resources";
import type { Domain } from "../domain-xml/domain";
import type { Section } from "./section";

/** As many as libvirt counts, with its bytes in 63 bits. */
export const mostKibibytes = 9_007_199_254_740_991n;

export function convertMemory(resources: Resources): Section<Domain["memory"]> {
  const requested = resources.requests?.memory;
  const exact = requested === undefined ? undefined : parseQuantity(requested);
  const kibibytes = exact === undefined ? 0n : (quantityToBytes(exact) + 1023n) / 1024n;
  const value = { unit: "KiB", value: kibibytes } as const;
  const refused = (detail: string): Section<Domain["memory"]> => {
    const field = "spec.domain.resources.requests.memory";
    return { value, errors: [{ type: "FieldValueInvalid", field, badValue: requested, detail }] };
  };
  if (kibibytes <= 0n) return refused("must be a size in bytes, more than 0");
  if (kibibytes > mostKibibytes) return refused("must be less than 8Ei");
  return { value, errors: [] };
}
