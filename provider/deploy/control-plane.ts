/**
 * What is installed on a cluster, in the order in which it is best applied: definitions before who uses them, policies
 * before those that they bind, programs last. A pure function of the options, whoever applies the result.
 */
import { agentPermissions } from "../agent/permissions";
import { kinds } from "../api/v1alpha1/kinds";
import { controllerPermissions } from "../controller/permissions";
import { type Account, rolesOf, serviceAccount, userRoles } from "./access";
import { admissionPolicies } from "./admission";
import { agentDaemonSet, registryCaConfigMap } from "./agent";
import { controllerDeployment, controllerDisruptionBudget } from "./controller";
import { customResourceDefinition } from "./custom-resource-definition";
import { labelsOf, type Manifest } from "./manifest";
import { agentName, agentRoleName, controllerName, controllerRoleName, metricsServiceName } from "./names";
import { type ControlPlaneOptions, type ControlPlaneSettings, settingsOf } from "./options";
import { metricsLabel } from "./pod-parts";

const accounts: readonly Account[] = [
  { name: controllerName, roleName: controllerRoleName, permissions: controllerPermissions },
  { name: agentName, roleName: agentRoleName, permissions: agentPermissions },
];

/**
 * `release` is the version of this package, which the images have as their tag unless the options name another. Throws
 * ControlPlaneOptionsError with every fault of the options.
 */
export function controlPlaneManifests(options: ControlPlaneOptions, release: string): readonly Manifest[] {
  const settings = settingsOf(options, release);
  const { namespace, registryCa } = settings;
  return [
    namespaceObject(namespace),
    ...definitions(),
    ...admissionPolicies(namespace),
    ...accounts.map((account) => serviceAccount(account, namespace)),
    ...accounts.flatMap((account) => rolesOf(account, namespace)),
    ...userRoles(),
    ...(registryCa === undefined ? [] : [registryCaConfigMap(settings, registryCa)]),
    controllerDisruptionBudget(settings),
    controllerDeployment(settings),
    agentDaemonSet(settings),
    metricsService(settings),
  ];
}

export function definitions(): readonly Manifest[] {
  return kinds.map(customResourceDefinition);
}

/** Agents are privileged, which a cluster may refuse where nobody says that it is meant. */
function namespaceObject(name: string): Manifest {
  const modes = ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "privileged"]);
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { ...labelsOf("namespace"), ...Object.fromEntries(modes) } },
  };
}

/** Leads to every single pod, for who reads them all. */
function metricsService({ namespace }: ControlPlaneSettings): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: metricsServiceName, namespace, labels: labelsOf("monitoring") },
    spec: {
      clusterIP: "None",
      selector: metricsLabel,
      ports: [{ name: "metrics", port: 8080, protocol: "TCP", targetPort: "metrics" }],
    },
  };
}
