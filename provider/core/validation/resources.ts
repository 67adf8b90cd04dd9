/** Checks `spec.domain.resources`: amounts make sense, and no request passes its limit. */
import {
  compareQuantities,
  type ExactQuantity,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityToBytes,
} from "../../api/quantity";
import { mostResources } from "../../api/v1alpha1/resources";
import { joinPath } from "../field-path";
import { child, isObject } from "../json-tree";
import type { FaultList } from "./faults";
import { faultOfLabelKey } from "./names";

/** Bytes that neither libvirt nor Kubernetes can count, and far beyond any machine. */
const tooMuchMemory = 2n ** 63n - 1n;

export function validateResources(faults: FaultList, resources: unknown, field: string): void {
  if (!isObject(resources)) return;
  const requests = validateAmounts(faults, child(resources, "requests"), `${field}.requests`);
  const limits = validateAmounts(faults, child(resources, "limits"), `${field}.limits`);
  for (const [key, request] of requests) {
    const limit = limits.get(key);
    if (limit === undefined || compareQuantities(request.exact, limit.exact) <= 0) continue;
    const detail = `must be at most the limit, ${formatQuantity(limit.exact)}`;
    faults.invalid(joinPath(`${field}.requests`, key), request.value, detail);
  }
}

interface Amount {
  readonly value: unknown;
  readonly exact: ExactQuantity;
}

/** The amounts that can be read, by key. */
function validateAmounts(faults: FaultList, amounts: unknown, field: string): ReadonlyMap<string, Amount> {
  const readable = new Map<string, Amount>();
  if (!isObject(amounts)) return readable;
  const count = Object.keys(amounts).length;
  if (count > mostResources)
    faults.add("FieldValueTooMany", field, count, `must have at most ${mostResources} entries`);
  for (const key of Object.keys(amounts)) {
    const value = amounts[key];
    const keyFault = faultOfLabelKey(key);
    if (keyFault !== undefined) faults.invalid(field, key, keyFault);
    const amount = exact(value);
    if (amount === undefined) continue;
    readable.set(key, { value, exact: amount });
    const fault = faultOfAmount(key, amount);
    if (fault !== undefined) faults.invalid(joinPath(field, key), value, fault);
  }
  return readable;
}

function faultOfAmount(key: string, amount: ExactQuantity): string | undefined {
  if (key !== "memory") return amount.nanos < 0n ? "must not be negative" : undefined;
  if (amount.nanos <= 0n) return 'must be more than 0, such as "512Mi"';
  return quantityToBytes(amount) >= tooMuchMemory ? "must be less than 8Ei" : undefined;
}

function exact(value: unknown): ExactQuantity | undefined {
  return isQuantity(value) ? parseQuantity(value) : undefined;
}

function isQuantity(value: unknown): value is Quantity {
  return typeof value === "string" || typeof value === "number";
}
