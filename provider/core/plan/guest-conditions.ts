/** What machines say of their guests, for whoever made them and was asked to say so too. Pure. */
import type { Condition, ObjectMeta } from "../../api/meta";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { findCondition, type NewCondition, withCondition, withoutCondition } from "../conditions";
import { formatGuestWaits, type GuestWait, guestConditionTypes, guestWaitsOf } from "../wait-for";

export interface OwnedGuests {
  readonly owner: { readonly metadata: Pick<ObjectMeta, "annotations"> };
  readonly machines: readonly VirtualMachine[];
  /** How many there should be. */
  readonly wanted: number;
}

/** Reason of a condition that says nothing, since every machine was made before anybody asked. */
export const madeBefore = "MadeBefore";

/** The owner's conditions with those that its annotation asks for, and no other about guests. */
export function withGuestConditions(
  conditions: readonly Condition[],
  guests: OwnedGuests,
  at: string,
): readonly Condition[] {
  const asked = new Set(guestWaitsOf(guests.owner.metadata).map(({ kind }) => kind));
  let all = conditions;
  for (const kind of Object.keys(guestConditionTypes) as GuestWait["kind"][]) {
    const type = guestConditionTypes[kind];
    if (asked.has(kind)) all = withCondition(all, { type, ...summary(kind, guests) }, at);
    else if (findCondition(all, type) !== undefined) all = withoutCondition(all, type);
  }
  return all;
}

function summary(kind: GuestWait["kind"], { owner, machines, wanted }: OwnedGuests): Omit<NewCondition, "type"> {
  if (wanted === 0) return { status: "True", reason: "NoMachines", message: "no machine is asked for" };
  const asked = waitsOf(owner.metadata, kind);
  const asking = machines.filter(({ metadata }) => {
    const own = waitsOf(metadata, kind);
    return asked.every((text) => own.includes(text));
  });
  if (machines.length > 0 && asking.length === 0) {
    const message = "the machines were made before this was asked for; those that are made from now on are looked at";
    return { status: "Unknown", reason: madeBefore, message };
  }
  for (const { metadata, status } of asking) {
    const found = findCondition(status?.conditions, guestConditionTypes[kind]);
    if (found?.status === "True") continue;
    const message = `VirtualMachine ${metadata.name}: ${found?.message ?? "nobody has looked at its guest yet"}`;
    return { status: "False", reason: found?.reason ?? "NotLookedAt", message };
  }
  if (machines.length < wanted) {
    return {
      status: "False",
      reason: "MachinesMissing",
      message: `${machines.length} of ${wanted} machines are there`,
    };
  }
  return {
    status: "True",
    reason: "AllMet",
    message: `it is so of ${asking.length === 1 ? "the machine" : `all ${asking.length} machines`}`,
  };
}

/** Of one kind, as texts. */
function waitsOf(metadata: Pick<ObjectMeta, "annotations">, kind: GuestWait["kind"]): readonly unknown[] {
  const waits = guestWaitsOf(metadata).filter((wait) => wait.kind === kind);
  return waits.map((wait) => formatGuestWaits([wait]));
}
