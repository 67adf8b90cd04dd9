/** The controller's Deployment: two of them, one of which leads; as few rights on its node as a pod can have. */
import { labelsOf, type Manifest, selectorLabels } from "./manifest";
import { controllerMetricsPort, controllerName, launcherImageName } from "./names";
import { type ControlPlaneSettings, imageOf } from "./options";
import { metricsLabel, probe, pullSecretsOf } from "./pod-parts";

const labels = labelsOf(controllerName);
const selector = { matchLabels: selectorLabels(controllerName) };

/** Kubernetes' taints of a node that is not heard of; and seconds after which another controller is made elsewhere: it keeps nothing. */
const lostNodeTaints = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const lostNodeSeconds = 10;

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
          // Where there are several nodes, no two on one: with that node both would be lost. Nodes that take no pods do not
          // count, and pods of another release neither. On a full node this one comes first, by its priority.
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "DoNotSchedule",
              nodeTaintsPolicy: "Honor",
              labelSelector: selector,
              matchLabelKeys: ["pod-template-hash"],
            },
          ],
          tolerations: lostNodeTaints.map((key) => ({
            key,
            operator: "Exists",
            effect: "NoExecute",
            tolerationSeconds: lostNodeSeconds,
          })),
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
