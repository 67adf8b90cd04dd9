/**
 * The agents' DaemonSet: on each node, the program that runs its machines, and libvirt beside it where the node's own is
 * not used. Both are privileged, since that is what running a machine in another pod's network and cgroup takes.
 * docs/kubernetes.md says of every right what it is for.
 */
import { labelsOf, type Manifest, selectorLabels } from "./manifest";
import { agentMetricsPort, agentName } from "./names";
import { type ControlPlaneSettings, imageOf } from "./options";
import { metricsLabel, probe, pullSecretsOf } from "./pod-parts";

const labels = labelsOf(agentName);
export const registryCaName = "virt-agent-registry-ca";

const registryCaFolder = "/etc/kubevirt/registry-ca";
const registryCaKey = "ca.crt";

/** A part of the node that the pod sees, and where its containers see it. */
interface NodeFolder {
  readonly name: string;
  readonly hostPath: { readonly path: string; readonly type: string };
  readonly agent?: object;
  readonly libvirt?: object;
}

function nodeFolders({ libvirt }: ControlPlaneSettings): readonly NodeFolder[] {
  const inPod = libvirt === "pod";
  return [
    {
      name: "state",
      hostPath: { path: "/var/lib/kubevirt", type: "DirectoryOrCreate" },
      // What the agent mounts for a guest, libvirt's QEMU must see.
      agent: { mountPath: "/var/lib/kubevirt", mountPropagation: "Bidirectional" },
      libvirt: { mountPath: "/var/lib/kubevirt", mountPropagation: "HostToContainer" },
    },
    {
      name: "libvirt-run",
      hostPath: inPod
        ? { path: "/run/kubevirt/libvirt", type: "DirectoryOrCreate" }
        : { path: "/run/libvirt", type: "Directory" },
      agent: { mountPath: "/run/libvirt" },
      libvirt: { mountPath: "/run/libvirt" },
    },
    {
      name: "cgroup",
      hostPath: { path: "/sys/fs/cgroup", type: "Directory" },
      agent: { mountPath: "/sys/fs/cgroup" },
    },
    {
      name: "host",
      hostPath: { path: "/", type: "Directory" },
      // Not read-only: the disk of a claim that is a folder of the node's own file system is mounted for QEMU from here, and
      // made here where there is none; and what is mounted from a read-only mount is read-only for everybody.
      agent: { mountPath: "/host", mountPropagation: "HostToContainer" },
    },
    ...(inPod ? [{ name: "dev", hostPath: { path: "/dev", type: "Directory" }, libvirt: { mountPath: "/dev" } }] : []),
  ];
}

export function agentDaemonSet(settings: ControlPlaneSettings): Manifest {
  const { namespace, nodeSelector, tolerations, registryCa } = settings;
  const folders = nodeFolders(settings);
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: agentName, namespace, labels },
    spec: {
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorLabels(agentName) },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: {
          labels: { ...labels, ...metricsLabel },
          // Other certificates are read by a new agent only.
          ...(registryCa === undefined ? {} : { annotations: { "kubevirt.io/registry-ca": fingerprint(registryCa) } }),
        },
        spec: {
          serviceAccountName: agentName,
          automountServiceAccountToken: true,
          enableServiceLinks: false,
          priorityClassName: "system-node-critical",
          hostPID: true,
          nodeSelector,
          tolerations,
          ...pullSecretsOf(settings),
          ...containersOf(settings, folders),
          volumes: [
            ...folders.map(({ name, hostPath }) => ({ name, hostPath })),
            ...(registryCa === undefined ? [] : [{ name: "registry-ca", configMap: { name: registryCaName } }]),
          ],
        },
      },
    },
  };
}

interface Containers {
  readonly containers: readonly object[];
  readonly initContainers?: readonly object[];
}

/**
 * libvirt begins before the agent and ends after it, as Kubernetes' sidecars do: a machine that an agent is starting when
 * its pod goes is started to its end, and out of libvirt's container before that takes along what is in it.
 */
function containersOf(settings: ControlPlaneSettings, folders: readonly NodeFolder[]): Containers {
  const { libvirt, pullPolicy, registryCa, resources } = settings;
  const shared = {
    image: imageOf(agentName, settings),
    imagePullPolicy: pullPolicy,
    securityContext: { privileged: true },
  };
  const mounts = (container: "agent" | "libvirt") =>
    folders.flatMap((folder) => {
      const mount = folder[container];
      return mount === undefined ? [] : [{ name: folder.name, ...mount }];
    });
  const agent = {
    name: "agent",
    ...shared,
    args: argumentsOf(settings),
    env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
    ports: [{ name: "metrics", containerPort: agentMetricsPort }],
    livenessProbe: probe("/healthz"),
    readinessProbe: probe("/readyz"),
    resources: resources.agent,
    volumeMounts: [
      ...mounts("agent"),
      ...(registryCa === undefined ? [] : [{ name: "registry-ca", mountPath: registryCaFolder, readOnly: true }]),
    ],
  };
  if (libvirt === "host") return { containers: [agent] };
  const server = {
    name: "libvirt",
    restartPolicy: "Always",
    ...shared,
    command: ["/usr/local/bin/virt-libvirtd"],
    // The usual place would be a file in the node's /dev.
    terminationMessagePath: "/run/termination-log",
    resources: resources.libvirt,
    volumeMounts: mounts("libvirt"),
  };
  return { initContainers: [server], containers: [agent] };
}

function argumentsOf(settings: ControlPlaneSettings): readonly string[] {
  return [
    "--node-name=$(NODE_NAME)",
    `--namespace=${settings.namespace}`,
    "--state-dir=/var/lib/kubevirt",
    "--libvirt-socket=/run/libvirt/libvirt-sock",
    "--host-root=/host",
    `--metrics-port=${agentMetricsPort}`,
    `--self-fence-seconds=${settings.selfFenceSeconds}`,
    ...settings.insecureRegistries.map((registry) => `--insecure-registry=${registry}`),
    ...(settings.registryCa === undefined ? [] : [`--registry-ca=${registryCaFolder}/${registryCaKey}`]),
  ];
}

export function registryCaConfigMap({ namespace }: ControlPlaneSettings, certificates: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: registryCaName, namespace, labels },
    data: { [registryCaKey]: certificates },
  };
}

/** Tells texts apart (FNV-1a, 32 bits); nobody's safety hangs on it. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
