/** Volumes of this node: claims' images, and the files that machines get made from them. */
export { ClaimError, type ClaimErrorReason } from "./claim-error";
export { type ClaimImage, type ClaimLocator, ClaimStore, type ImportRequest } from "./claim-store";
export { type ListedDisk, listRegistryDisks } from "./registry/listing";
export { formatBytes } from "./registry/pull-progress";
export type { ReadSecret } from "./registry/pull-secret";
export { type DiskNews, RegistryDisks, type RegistryDisksOptions } from "./registry/registry-disks";
export { describeTraversalFault, findTraversalFault, type TraversalFault } from "./traversable";
export { VolumeError, type VolumeErrorReason, VolumePendingError } from "./volume-error";
export { type MachineIdentity, VolumePreparer, type VolumePreparerOptions } from "./volume-preparer";
