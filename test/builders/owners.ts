/** Objects that make machines, for tests: valid, and changed by what a test is about. */
import type {
  OfflineVirtualMachine,
  OfflineVirtualMachineSpec,
} from "../../provider/api/v1alpha1/offline-virtual-machine";
import type {
  VirtualMachineReplicaSet,
  VirtualMachineReplicaSetSpec,
} from "../../provider/api/v1alpha1/virtual-machine-replica-set";
import type { VirtualMachineTemplateSpec } from "../../provider/api/v1alpha1/virtual-machine-template";
import { buildVirtualMachine } from "./virtual-machine";

/** The spec of the machine that `buildVirtualMachine` gives, with the label `app: web`. */
export function buildTemplate(changes: Partial<VirtualMachineTemplateSpec> = {}): VirtualMachineTemplateSpec {
  return { metadata: { labels: { app: "web" } }, spec: buildVirtualMachine().spec, ...changes };
}

/** Runs always. */
export function buildOfflineVirtualMachine(spec: Partial<OfflineVirtualMachineSpec> = {}): OfflineVirtualMachine {
  return {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "OfflineVirtualMachine",
    metadata: { name: "web", namespace: "default" },
    spec: { ...("running" in spec ? {} : { runStrategy: "Always" }), template: buildTemplate(), ...spec },
  };
}

/** Two machines with the label `app: web`. */
export function buildReplicaSet(spec: Partial<VirtualMachineReplicaSetSpec> = {}): VirtualMachineReplicaSet {
  return {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "VirtualMachineReplicaSet",
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: buildTemplate(), ...spec },
  };
}
