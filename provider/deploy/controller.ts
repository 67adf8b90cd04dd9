/** The controller's Deployment: two of them, one of which leads; as few rights on its node as a pod can have. */
import { labelsOf, type Manifest, selectorLabels } from "./manifest";
import { controllerMetricsPort, controllerName, launcherImageName } from "./names";
import { type ControlPlaneSettings, imageOf } from "./options";
import { metricsLabel, probe, pullSecretsOf } from "./pod-parts";

const labels = labelsOf(controllerName);
const selector = { matchLabels: selectorLabels(controllerName) };

/** The images' user that owns nothing. */
const nobody = 65_532;

export function controllerDeployment(settings: ControlPlaneSettings): Manifest {
  const { namespace, replicas, resources, pullPolicy } = settings;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: controllerName, namespace, labels },
    spec: {
      replicas,
      revisionHistoryLimit: 3,
      selector,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } },
      template: {
        metadata: { labels: { ...labels, ...metricsLabel } },
        spec: {
          serviceAccountName: controllerName,
          automountServiceAccountToken: true,
          enableServiceLinks: false,
          priorityClassName: "system-cluster-critical",
          nodeSelector: { "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: selector,
            },
          ],
          ...pullSecretsOf(settings),
          securityContext: {
            runAsNonRoot: true,
            runAsUser: nobody,
            runAsGroup: nobody,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [
            {
              name: controllerName,
              image: imageOf(controllerName, settings),
              imagePullPolicy: pullPolicy,
              args: argumentsOf(settings),
              env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
              ports: [{ name: "metrics", containerPort: controllerMetricsPort }],
              livenessProbe: probe("/healthz"),
              readinessProbe: probe("/readyz"),
              resources: resources.controller,
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
            },
          ],
        },
      },
    },
  };
}

function argumentsOf(settings: ControlPlaneSettings): readonly string[] {
  return [
    `--namespace=${settings.namespace}`,
    `--launcher-image=${imageOf(launcherImageName, settings)}`,
    `--launcher-pull-policy=${settings.pullPolicy}`,
    ...settings.pullSecrets.map((name) => `--launcher-pull-secret=${name}`),
    `--metrics-port=${controllerMetricsPort}`,
  ];
}

/** A drain of nodes leaves one controller; where there is only one, it may go. */
export function controllerDisruptionBudget({ namespace, replicas }: ControlPlaneSettings): Manifest {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: controllerName, namespace, labels },
    spec: { selector, ...(replicas > 1 ? { minAvailable: 1 } : { maxUnavailable: 1 }) },
  };
}
