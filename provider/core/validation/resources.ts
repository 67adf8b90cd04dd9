/** Checks `spec.domain.resources`: amounts make sense, and no request passes its limit. */
import {
  compareQuantities,
  type ExactQuantity,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from "../../api/quantity";
import { joinPath } from "../field-path";
import { child, isObject } from "../json-tree";
import type { FaultList } from "./faults";
import { faultOfLabelKey } from "./names";

/** The largest memory that libvirt's kibibytes can count in 64 bits, and far beyond any machine. */
const mostMemory = parseQuantity("8Ei");

export function validateResources(faults: FaultList, resources: unknown, field: string): void {
  const requests = child(resources, "requests");
  const limits = child(resources, "limits");
  validateAmounts(faults, requests, `${field}.requests`);
  validateAmounts(faults, limits, `${field}.limits`);
  if (!isObject(requests) || !isObject(limits)) return;
  for (const key of Object.keys(requests)) {
    const request = exact(requests[key]);
    const limit = exact(child(limits, key));
    if (request === undefined || limit === undefined || compareQuantities(request, limit) <= 0) continue;
    const place = joinPath(`${field}.requests`, key);
    faults.invalid(place, requests[key], `must be at most the limit, ${formatQuantity(limit)}`);
  }
}

function validateAmounts(faults: FaultList, amounts: unknown, field: string): void {
  if (!isObject(amounts)) return;
  for (const [key, value] of Object.entries(amounts)) {
    const place = joinPath(field, key);
    const keyFault = faultOfLabelKey(key);
    if (keyFault !== undefined) faults.invalid(field, key, keyFault);
    const amount = exact(value);
    if (amount === undefined) continue;
    if (key === "memory" && amount.nanos <= 0n) faults.invalid(place, value, 'must be more than 0, such as "512Mi"');
    else if (amount.nanos < 0n) faults.invalid(place, value, "must not be negative");
    else if (key === "memory" && mostMemory !== undefined && compareQuantities(amount, mostMemory) > 0) {
      faults.invalid(place, value, "must be at most 8Ei");
    }
  }
}

function exact(value: unknown): ExactQuantity | undefined {
  return isQuantity(value) ? parseQuantity(value) : undefined;
}

function isQuantity(value: unknown): value is Quantity {
  return typeof value === "string" || typeof value === "number";
}
