/** How long to wait for an object, and for what: by the resource's options, or by annotations that Pulumi's Kubernetes provider has, too. */
import { defaultGracePeriodSeconds } from "../core/defaults";
import { child, childAt } from "../core/json-tree";
import { parseWaitFor, type WaitCondition, waitForAnnotation } from "../core/wait-for";

export const skipAwaitAnnotation = "pulumi.com/skipAwait";
export const timeoutAnnotation = "pulumi.com/timeoutSeconds";

const defaultTimeoutSeconds = 300;

export interface AwaitSettings {
  readonly skip: boolean;
  readonly timeoutMs: number;
  /** What is waited for besides that it is ready. */
  readonly waitFor: readonly WaitCondition[];
}

/**
 * The default time is five minutes more than the grace period that the spec, or its template, gives the guest.
 * `customTimeout`, in seconds, is what the resource's options say, and counts before the annotation; 0 says nothing.
 */
export function awaitSettings(
  annotations: Readonly<Record<string, string>> | undefined,
  spec: unknown,
  customTimeout = 0,
): AwaitSettings {
  const wanted = customTimeout > 0 ? customTimeout : Number(annotations?.[timeoutAnnotation]);
  const machine = childAt(spec, ["template", "spec"]) ?? spec;
  const given = child(machine, "terminationGracePeriodSeconds");
  const grace = typeof given === "number" ? given : defaultGracePeriodSeconds;
  const seconds = Number.isFinite(wanted) && wanted > 0 ? wanted : defaultTimeoutSeconds + grace;
  const asked = annotations?.[waitForAnnotation];
  return {
    skip: annotations?.[skipAwaitAnnotation] === "true",
    timeoutMs: seconds * 1000,
    // What cannot be read was refused before it came here.
    waitFor: asked === undefined ? [] : parseWaitFor(asked).conditions,
  };
}
