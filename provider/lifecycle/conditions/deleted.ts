/** When an object counts as removed: there is none, or another one of the same name. */
import type { LiveObject } from "../outputs";
import type { Condition } from "./condition";

export function deleted(uid: string | undefined): Condition<LiveObject> {
  return (object) => {
    if (object === undefined || (uid !== undefined && object.metadata.uid !== uid)) return { kind: "met" };
    const finalizers = object.metadata.finalizers ?? [];
    return {
      kind: "waiting",
      what:
        finalizers.length > 0
          ? `the guest has not stopped yet (finalizers: ${finalizers.join(", ")})`
          : "the object is still there",
    };
  };
}
