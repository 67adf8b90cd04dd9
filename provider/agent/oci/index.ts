/** Images from container registries. */
export { OciError, type OciErrorReason } from "./oci-error";
export { RegistryClient, type RegistrySettings } from "./registry-client";
