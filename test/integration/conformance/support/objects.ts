/** Objects that cases are about: small, valid, without a namespace, and changed by what a case needs. */
import { apiVersion } from "../../../../provider/api/v1alpha1/kinds";

type Fields = Readonly<Record<string, unknown>>;

const domain = { resources: { requests: { memory: "64Mi" } } };

export function machine(name: string, metadata: Fields = {}, spec: Fields = {}) {
  return { apiVersion, kind: "VirtualMachine", metadata: { name, ...metadata }, spec: { domain, ...spec } };
}

export function replicaSet(name: string, replicas = 2) {
  return {
    apiVersion,
    kind: "VirtualMachineReplicaSet",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { domain } },
    },
  };
}

export function offlineMachine(name: string, runStrategy = "Halted") {
  return {
    apiVersion,
    kind: "OfflineVirtualMachine",
    metadata: { name },
    spec: { runStrategy, template: { spec: { domain } } },
  };
}

export function preset(name: string) {
  return {
    apiVersion,
    kind: "VirtualMachinePreset",
    metadata: { name },
    spec: { selector: { matchLabels: { size: "small" } }, domain: { cpu: { cores: 1 } } },
  };
}

export function configMap(name: string, data: Readonly<Record<string, string>> = { a: "b" }, metadata: Fields = {}) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}

export function secret(name: string, fields: Fields = {}) {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, ...fields };
}

export function claim(name: string) {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
}

/** A disk, and the volume of its name. */
export function diskAndVolume(name: string, capacity = "1Gi") {
  return {
    domain: { ...domain, devices: { disks: [{ name, volumeName: name }] } },
    volumes: [{ name, emptyDisk: { capacity } }],
  };
}
