/** Checks `spec.domain.clock`: one offset at most. */
import { child } from "../json-tree";
import type { FaultList } from "./faults";

export function validateClock(faults: FaultList, clock: unknown, field: string): void {
  if (faults.isKnown(child(clock, "timezone")) && faults.isKnown(child(clock, "utc"))) {
    faults.invalid(field, undefined, "must have one of `timezone` and `utc`, not both: the clock has one offset");
  }
}
