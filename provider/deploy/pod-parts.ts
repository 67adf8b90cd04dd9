/** What the pods of controller and agents have in common. */
import type { ControlPlaneSettings } from "./options";

/** On the pods that the metrics Service leads to. */
export const metricsLabel = { "kubevirt.io/metrics": "true" } as const;

/** Two minutes of silence, or of unreadiness half a minute, count: a busy node is no broken one. */
export function probe(path: "/healthz" | "/readyz"): object {
  const isLiveness = path === "/healthz";
  return {
    httpGet: { path, port: "metrics" },
    periodSeconds: isLiveness ? 20 : 5,
    timeoutSeconds: 5,
    failureThreshold: 6,
  };
}

export function pullSecretsOf({ pullSecrets }: ControlPlaneSettings): object {
  return pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets.map((name) => ({ name })) };
}
