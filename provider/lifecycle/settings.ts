/** How long to wait for an object, from its annotations: the same ones that Pulumi's Kubernetes provider honours. */
import { defaultGracePeriodSeconds } from "../core/defaults";
import { isFields } from "./inputs";

export const skipAwaitAnnotation = "pulumi.com/skipAwait";
export const timeoutAnnotation = "pulumi.com/timeoutSeconds";

const defaultTimeoutSeconds = 300;

export interface AwaitSettings {
  readonly skip: boolean;
  readonly timeoutMs: number;
}

/** The default time is five minutes more than the grace period that the spec gives the guest. */
export function awaitSettings(annotations: Readonly<Record<string, string>> | undefined, spec: unknown): AwaitSettings {
  const given = Number(annotations?.[timeoutAnnotation]);
  const grace =
    isFields(spec) && typeof spec.terminationGracePeriodSeconds === "number"
      ? spec.terminationGracePeriodSeconds
      : defaultGracePeriodSeconds;
  const seconds = Number.isFinite(given) && given > 0 ? given : defaultTimeoutSeconds + grace;
  return { skip: annotations?.[skipAwaitAnnotation] === "true", timeoutMs: seconds * 1000 };
}
