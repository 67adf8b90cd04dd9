/**
 * The pod that holds a machine's place on a Kubernetes node: the scheduler places it, the kubelet mounts its claims and
 * secrets, the network plugin gives it an address, and its cgroup bounds the machine. The machine itself is run by the
 * node's agent, inside what the pod holds. Pure: from a machine that is valid and has its presets.
 */
import { parseQuantity, quantityToBytes } from "../../api/quantity";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import type { Volume } from "../../api/v1alpha1/volumes";
import { type ClaimUse, claimsOfVolume, writtenClaims } from "../claim-use";
import { limitOverheadBytes } from "../convert/limits";
import { defaultCores, defaultGracePeriodSeconds, effectiveVirtualMachine } from "../defaults";
import { generatedName, type RandomBytes } from "../generated-name";
import { doorFolder } from "../guest-door";
import { nodeNameLabel } from "./machine-marks";
import { controllerReference } from "./ownership";

export const launcherLabel = "kubevirt.io";
export const launcherLabelValue = "virt-launcher";
/** UID of the machine. */
export const createdByLabel = "kubevirt.io/created-by";
/** Says whether a node's agent takes machines: "true" or "false". */
export const schedulableLabel = "kubevirt.io/schedulable";
export const launcherContainer = "launcher";

/** Seconds that a pod lives on after its guest's grace period, so that its end can be put in order and reported. */
export const pastGraceSeconds = 15;

const longestLabel = 63;
const mebibyte = 1024n * 1024n;
/** The image's user: nobody on any node. */
export const launcherUser = 65_532;

/** Where the node's agent has the sockets by which people get at the guest. Nothing is stored in it. */
const doorVolume = { name: "doors", emptyDir: { medium: "Memory", sizeLimit: "64Ki" } } as const;

/**
 * Kubernetes' taints of a node that it has not heard of for a while. They end no machine: the guest may be well, and what
 * becomes of it is the controller's decision, who knows whether it may be made elsewhere.
 */
const lostNodeTolerations = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].map((key) => ({
  key,
  operator: "Exists",
  effect: "NoExecute",
}));

export interface LauncherClaim {
  readonly mode: "Filesystem" | "Block";
  readonly bytes?: number;
}

/** Keys of the labels that a pod has of its machine, as a list in JSON: others may give it labels too. */
export const machineLabelsAnnotation = "kubevirt.io/machine-labels";

/** Sizes of claims, for the agent: claim → bytes, as JSON. */
export const claimSizesAnnotation = "kubevirt.io/claim-sizes";

export interface LauncherImage {
  readonly image: string;
  readonly pullPolicy?: string;
  /** Secrets of the machine's namespace with which the kubelet pulls the image. */
  readonly pullSecrets?: readonly string[];
}

export interface LauncherPodOptions {
  readonly name: string;
  readonly launcher: LauncherImage;
  /** The claims that the machine names. */
  readonly claims: Readonly<Record<string, LauncherClaim>>;
}

/** The same for the same bytes: a creation that is repeated meets what it has made. */
export function launcherPodName(machine: string, bytes: RandomBytes): string {
  const beginning = `virt-launcher-${machine}`.slice(0, longestLabel - "-12345".length).replace(/[^a-z0-9]+$/, "");
  return generatedName(`${beginning}-`, bytes);
}

/** Where the launcher has a volume of the machine that is a claim: a folder, or the device itself. */
export const launcherVolumePath = (volume: string): string => `/volumes/${volume}`;

/** The machine's own, by which Services and network policies select its pod, and what marks the pod as its launcher. */
export function launcherLabels({ metadata }: VirtualMachine): Readonly<Record<string, string>> {
  // Where it runs the pod says itself.
  const { [nodeNameLabel]: _node, ...own } = metadata.labels ?? {};
  return { ...own, [launcherLabel]: launcherLabelValue, [createdByLabel]: metadata.uid ?? "" };
}

export function machineLabelKeys(vm: VirtualMachine): string {
  const { [launcherLabel]: _launcher, [createdByLabel]: _created, ...own } = launcherLabels(vm);
  return JSON.stringify(Object.keys(own).sort());
}

/** The pod to create, as Kubernetes' v1 Pod. */
export function launcherPod(vm: VirtualMachine, options: LauncherPodOptions): object {
  const { name, launcher } = options;
  const { spec } = effectiveVirtualMachine(vm);
  const claims = (vm.spec.volumes ?? [])
    .flatMap(claimOf)
    .map((claim, index) => ({ ...claim, podVolume: `claim-${index}${claim.mode === "read" ? readSuffix : ""}` }));
  const secrets = secretsOf(vm).map((secretName, index) => ({ secretName, podVolume: `secret-${index}` }));
  const sizes = Object.entries(options.claims).flatMap(([claim, { bytes }]) =>
    bytes === undefined ? [] : [[claim, bytes]],
  );
  const modeOf = ({ claim }: ClaimVolume) => options.claims[claim]?.mode ?? "Filesystem";
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: vm.metadata.namespace,
      labels: launcherLabels(vm),
      annotations: {
        [machineLabelsAnnotation]: machineLabelKeys(vm),
        ...(sizes.length === 0 ? {} : { [claimSizesAnnotation]: JSON.stringify(Object.fromEntries(sizes)) }),
      },
      ownerReferences: [controllerReference(vm)],
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: "Never",
      terminationGracePeriodSeconds:
        (spec.terminationGracePeriodSeconds ?? defaultGracePeriodSeconds) + pastGraceSeconds,
      nodeSelector: { ...vm.spec.nodeSelector, [schedulableLabel]: "true" },
      tolerations: lostNodeTolerations,
      ...(vm.spec.affinity === undefined ? {} : { affinity: vm.spec.affinity }),
      ...(launcher.pullSecrets === undefined || launcher.pullSecrets.length === 0
        ? {}
        : { imagePullSecrets: launcher.pullSecrets.map((secret) => ({ name: secret })) }),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: launcherUser,
        runAsGroup: launcherUser,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: launcherContainer,
          image: launcher.image,
          ...(launcher.pullPolicy === undefined ? {} : { imagePullPolicy: launcher.pullPolicy }),
          resources: launcherResources(vm),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          // The kubelet passes over volumes that no container mounts. The launcher's user can read no secret.
          volumeMounts: [
            { name: doorVolume.name, mountPath: doorFolder },
            ...claims
              .filter((claim) => modeOf(claim) === "Filesystem")
              .map(({ podVolume, volume }) => ({ name: podVolume, mountPath: launcherVolumePath(volume) })),
            ...secrets.map(({ podVolume }) => ({ name: podVolume, mountPath: `/${podVolume}`, readOnly: true })),
          ],
          volumeDevices: claims
            .filter((claim) => modeOf(claim) === "Block")
            .map(({ podVolume, volume }) => ({ name: podVolume, devicePath: launcherVolumePath(volume) })),
        },
      ],
      volumes: [
        doorVolume,
        ...claims.map(({ podVolume, claim }) => ({ name: podVolume, persistentVolumeClaim: { claimName: claim } })),
        // One that is missing must not keep the pod from starting: the agent says so better.
        ...secrets.map(({ podVolume, secretName }) => ({
          name: podVolume,
          secret: { secretName, optional: true, defaultMode: 0o400 },
        })),
      ],
    },
  };
}

interface ClaimVolume extends ClaimUse {
  readonly volume: string;
}

const claimOf = (volume: Volume): readonly ClaimVolume[] =>
  claimsOfVolume(volume).map((use) => ({ ...use, volume: volume.name }));

/** What is read of a launcher pod's volumes. They never change, and nobody but the controller makes them. */
export type LauncherVolumes = readonly {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName?: string };
}[];

/** Ends the names of volumes whose claims the machine only reads. */
const readSuffix = "-read";

/**
 * Names of the claims that a machine writes to, each once: those that its launcher pod holds for that, since what a spec
 * says may be changed while a guest runs. `volumes` are the pod's; without a pod it is what the spec says.
 */
export function claimsWritten(vm: VirtualMachine, volumes: LauncherVolumes | undefined): readonly string[] {
  return volumes === undefined ? writtenClaims(vm) : claimsWrittenFrom(volumes);
}

/** The same of a pod alone, whosever it is. */
export function claimsWrittenFrom(volumes: LauncherVolumes): readonly string[] {
  const names = volumes.flatMap(({ name, persistentVolumeClaim }) =>
    name.endsWith(readSuffix) ? [] : (persistentVolumeClaim?.claimName ?? []),
  );
  return [...new Set(names)];
}

/** Names of the secrets that a machine reads, each once, in the order in which its volumes name them. */
export function secretsOf({ spec }: VirtualMachine): readonly string[] {
  const names = (spec.volumes ?? []).flatMap(({ cloudInitNoCloud, registryDisk }) => [
    cloudInitNoCloud?.secretRef?.name,
    registryDisk?.imagePullSecret,
  ]);
  return [...new Set(names.filter((name) => name !== undefined && name !== ""))] as readonly string[];
}

interface PodResources {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

/** What the machine asks for, with what it takes to run it; a limit with all that QEMU may come to need. */
function launcherResources(vm: VirtualMachine): PodResources {
  const { resources, cpu } = effectiveVirtualMachine(vm).spec.domain;
  const cores = cpu?.cores || defaultCores;
  const bytesOf = (quantity: string | number | undefined): bigint => {
    const exact = quantity === undefined ? undefined : parseQuantity(quantity);
    return exact === undefined ? 0n : quantityToBytes(exact);
  };
  const guest = bytesOf(resources.requests?.memory);
  const limit = resources.limits?.memory;
  const text = (quantity: string | number | undefined, key: string) =>
    quantity === undefined ? {} : { [key]: String(quantity) };
  const limits = {
    ...text(resources.limits?.cpu, "cpu"),
    ...(limit === undefined
      ? {}
      : { memory: String(bytesOf(limit) + limitOverheadBytes(bytesOf(limit), cores, "qemu")) }),
  };
  return {
    requests: {
      ...text(resources.requests?.cpu, "cpu"),
      memory: String(guest + requestOverheadBytes(guest, cores)),
    },
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
}

/**
 * Bytes that a machine was measured to take beside its guest's memory: QEMU's own, with a screen, and the launcher and
 * the address server of its pod; and the tables for the guest's pages.
 */
function requestOverheadBytes(guestBytes: bigint, cores: number): bigint {
  return 100n * mebibyte + BigInt(cores) * 8n * mebibyte + guestBytes / 512n;
}
