/** Volumes of this node: claims' images, and the files that machines get made from them. */
export { ClaimError, type ClaimErrorReason } from "./claim-error";
export { type ClaimImage, ClaimStore, type ImportRequest } from "./claim-store";
export { describeTraversalFault, findTraversalFault, type TraversalFault } from "./traversable";
export { VolumeError, type VolumeErrorReason } from "./volume-error";
export { type MachineIdentity, type ReadSecret, VolumePreparer, type VolumePreparerOptions } from "./volume-preparer";
