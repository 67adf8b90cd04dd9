/** How long to wait for an object, from its annotations: the same ones that Pulumi's Kubernetes provider honours. */
import { defaultGracePeriodSeconds } from "../core/defaults";
import { child, childAt } from "../core/json-tree";

export const skipAwaitAnnotation = "pulumi.com/skipAwait";
export const timeoutAnnotation = "pulumi.com/timeoutSeconds";

const defaultTimeoutSeconds = 300;

export interface AwaitSettings {
  readonly skip: boolean;
  readonly timeoutMs: number;
}

/** The default time is five minutes more than the grace period that the spec, or its template, gives the guest. */
export function awaitSettings(annotations: Readonly<Record<string, string>> | undefined, spec: unknown): AwaitSettings {
  const asked = Number(annotations?.[timeoutAnnotation]);
  const machine = childAt(spec, ["template", "spec"]) ?? spec;
  const given = child(machine, "terminationGracePeriodSeconds");
  const grace = typeof given === "number" ? given : defaultGracePeriodSeconds;
  const seconds = Number.isFinite(asked) && asked > 0 ? asked : defaultTimeoutSeconds + grace;
  return { skip: annotations?.[skipAwaitAnnotation] === "true", timeoutMs: seconds * 1000 };
}
