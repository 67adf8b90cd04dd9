/** How long to wait for an object: by the resource's options, or by annotations that Pulumi's Kubernetes provider has, too. */
import { defaultGracePeriodSeconds } from "../core/defaults";
import { child, childAt } from "../core/json-tree";

export const skipAwaitAnnotation = "pulumi.com/skipAwait";
export const timeoutAnnotation = "pulumi.com/timeoutSeconds";

const defaultTimeoutSeconds = 300;

export interface AwaitSettings {
  readonly skip: boolean;
  readonly timeoutMs: number;
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
  const asked = customTimeout > 0 ? customTimeout : Number(annotations?.[timeoutAnnotation]);
  const machine = childAt(spec, ["template", "spec"]) ?? spec;
  const given = child(machine, "terminationGracePeriodSeconds");
  const grace = typeof given === "number" ? given : defaultGracePeriodSeconds;
  const seconds = Number.isFinite(asked) && asked > 0 ? asked : defaultTimeoutSeconds + grace;
  return { skip: annotations?.[skipAwaitAnnotation] === "true", timeoutMs: seconds * 1000 };
}
