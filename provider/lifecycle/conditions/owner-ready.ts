/** When an object that makes machines is as it was asked to be: halted, or with all its machines running. */
import { runStrategyOf } from "../../api/v1alpha1/offline-virtual-machine";
import { findCondition } from "../../core/conditions";
import { readyReason } from "../../core/plan/pause";
import { isFields } from "../inputs";
import type { LiveObject } from "../outputs";
import type { Condition } from "./condition";
import { faultPatienceMs } from "./ready";

/** Reasons that do not pass without somebody doing something. */
const lasting = new Set(["InvalidSpec", "PresetFailed", "NameTaken", "CrashLoopBackOff"]);

/** Conditions that are there only while something cannot be done; the last is the fault of a machine. */
const faults = ["Failure", "ReplicaFailure", "Synchronized"];

/** A condition with a memory, as that of a machine. */
export function ownerReady(): Condition<LiveObject> {
  let fault: { message: string; since: number } | undefined;
  return (owner, now) => {
    if (owner === undefined) return { kind: "failed", reason: "it was deleted by someone else while it was starting" };
    const { status, metadata } = owner;
    if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
      return { kind: "waiting", what: "no controller has taken the change up yet" };
    }
    const ready = findCondition(status?.conditions, "Ready");
    if (ready?.reason === readyReason.requested) return { kind: "met" };
    if (ready?.status === "True" || (ready === undefined && isHalted(owner))) return { kind: "met" };
    const failure = faults.map((type) => findCondition(status?.conditions, type)).find((found) => found !== undefined);
    const message = failure?.message ?? ready?.message ?? "the machines are not ready";
    if (failure === undefined && !lasting.has(ready?.reason ?? "")) {
      fault = undefined;
      return { kind: "waiting", what: message };
    }
    fault = { message, since: fault?.since ?? now };
    return now - fault.since >= faultPatienceMs
      ? { kind: "failed", reason: message }
      : { kind: "waiting", what: `it is tried again: ${message}` };
  };
}

function isHalted({ spec, status }: LiveObject): boolean {
  if (!isFields(spec) || status?.created !== false) return false;
  const { runStrategy, running } = spec;
  return (
    runStrategyOf({
      ...(runStrategy === "Always" || runStrategy === "Halted" ? { runStrategy } : {}),
      ...(typeof running === "boolean" ? { running } : {}),
    }) === "Halted"
  );
}
