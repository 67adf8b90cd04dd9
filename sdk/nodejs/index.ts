/** Virtual machines for Pulumi programs: KubeVirt's objects (kubevirt.io/v1alpha1) as resources. */
export { ConfigFile, type ConfigFileArgs, type Manifest, type ManifestKind, type Transformation } from "./configFile";
export type { Connection } from "./connection";
export { ControlPlane, type ControlPlaneArgs } from "./controlPlane";
export { OfflineVirtualMachine, type OfflineVirtualMachineArgs } from "./offlineVirtualMachine";
export * as inputs from "./types/input";
export * as outputs from "./types/output";
export { VirtualMachine, type VirtualMachineArgs } from "./virtualMachine";
export { VirtualMachinePreset, type VirtualMachinePresetArgs } from "./virtualMachinePreset";
export { VirtualMachineReplicaSet, type VirtualMachineReplicaSetArgs } from "./virtualMachineReplicaSet";
