/** One small, whole object of each kind, as the reference pages show it. Tests hold them valid. */
import type { OfflineVirtualMachine } from "./offline-virtual-machine";
import type { VirtualMachine } from "./virtual-machine";
import type { VirtualMachinePreset } from "./virtual-machine-preset";
import type { VirtualMachineReplicaSet } from "./virtual-machine-replica-set";

const virtualMachine: VirtualMachine = {
  apiVersion: "kubevirt.io/v1alpha1",
  kind: "VirtualMachine",
  metadata: { name: "web", labels: { size: "small" } },
  spec: {
    domain: {
      cpu: { cores: 2 },
      resources: { requests: { memory: "1Gi" } },
      devices: {
        disks: [
          { name: "root", volumeName: "root", disk: { bus: "virtio" } },
          { name: "seed", volumeName: "seed", cdrom: { bus: "sata" } },
        ],
      },
    },
    volumes: [
      { name: "root", ephemeral: { persistentVolumeClaim: { claimName: "debian-12" } } },
      { name: "seed", cloudInitNoCloud: { userData: "#!/bin/sh\nsystemctl enable --now nginx\n" } },
    ],
    nodeSelector: { "kubernetes.io/arch": "amd64" },
  },
};

const offlineVirtualMachine: OfflineVirtualMachine = {
  apiVersion: "kubevirt.io/v1alpha1",
  kind: "OfflineVirtualMachine",
  metadata: { name: "database" },
  spec: {
    runStrategy: "Always",
    template: {
      metadata: { labels: { app: "database" } },
      spec: {
        domain: {
          resources: { requests: { memory: "2Gi" } },
          devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
        },
        volumes: [{ name: "root", persistentVolumeClaim: { claimName: "database" } }],
        terminationGracePeriodSeconds: 120,
      },
    },
  },
};

const virtualMachineReplicaSet: VirtualMachineReplicaSet = {
  apiVersion: "kubevirt.io/v1alpha1",
  kind: "VirtualMachineReplicaSet",
  metadata: { name: "worker" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "worker" } },
    template: {
      metadata: { labels: { app: "worker" } },
      spec: {
        domain: {
          resources: { requests: { memory: "512Mi" } },
          devices: { disks: [{ name: "root", volumeName: "root" }] },
        },
        volumes: [{ name: "root", registryDisk: { image: "registry.example/images/worker:1.4" } }],
      },
    },
  },
};

const virtualMachinePreset: VirtualMachinePreset = {
  apiVersion: "kubevirt.io/v1alpha1",
  kind: "VirtualMachinePreset",
  metadata: { name: "m1.small" },
  spec: {
    selector: { matchLabels: { size: "small" } },
    domain: { cpu: { cores: 1 }, resources: { requests: { memory: "512Mi" } }, clock: { timezone: "Europe/Prague" } },
  },
};

export const examples: Readonly<
  Record<string, VirtualMachine | OfflineVirtualMachine | VirtualMachineReplicaSet | VirtualMachinePreset>
> = {
  VirtualMachine: virtualMachine,
  OfflineVirtualMachine: offlineVirtualMachine,
  VirtualMachineReplicaSet: virtualMachineReplicaSet,
  VirtualMachinePreset: virtualMachinePreset,
};
