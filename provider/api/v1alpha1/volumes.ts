/** Volumes: where the bytes of a disk come from. A volume has a name and exactly one source. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { Quantity } from "../quantity";
import { dnsLabelPattern, dnsLabelRemedy } from "./disks";

export const mostVolumes = 256;
/** Bytes of cloud-init user data that one volume may carry. */
export const mostUserDataBytes = 2048;

/** `[host[:port]/]path[:tag][@digest]`, as the distribution specification spells references. */
const imageReference =
  /^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@[a-z0-9]+([+._-][a-z0-9]+)*:[0-9a-fA-F]{32,128})?$/;

const claimName = z
  .string()
  .min(1)
  .max(253)
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    "must be a DNS name: lower case letters, digits, '-' and '.', beginning and ending with a letter or digit",
  );

export const LocalObjectReference = z.strictObject({
  name: z.string().max(253).optional().describe("Name of the object in the machine's namespace."),
});

export const CloudInitNoCloudSource = z.strictObject({
  secretRef: LocalObjectReference.optional().describe("A secret whose key `userdata` holds the user data."),
  userData: z.string().optional().describe("User data as text, at most 2048 bytes of UTF-8."),
  userDataBase64: z.string().optional().describe("User data in base64, at most 2048 bytes when decoded."),
});

export const EmptyDiskSource = z.strictObject({
  capacity: Quantity.describe("Size of the disk in bytes, such as `2Gi`."),
});

export const PersistentVolumeClaimSource = z.strictObject({
  claimName: claimName.describe("Name of a PersistentVolumeClaim in the machine's namespace."),
  readOnly: z.boolean().optional().describe("Whether the claim is attached for reading only. Default: false."),
});

export const EphemeralSource = z.strictObject({
  persistentVolumeClaim: PersistentVolumeClaimSource.optional().describe("The claim below the overlay; only read."),
});

export const RegistryDiskSource = z.strictObject({
  image: z
    .string()
    .min(1)
    .max(512)
    .regex(imageReference, "must be an image reference such as registry.example/images/cirros:0.4")
    .describe("Image reference, such as `registry.example/images/cirros:0.4`."),
  imagePullSecret: z
    .string()
    .max(253)
    .optional()
    .describe("Name of the secret with the registry's credentials. Default: none."),
});

export const Volume = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(63)
    .regex(dnsLabelPattern, dnsLabelRemedy)
    .describe("Name of the volume, unique in the machine."),
  cloudInitNoCloud: CloudInitNoCloudSource.optional().describe("A cloud-init NoCloud data source, made at start."),
  emptyDisk: EmptyDiskSource.optional().describe("A new, empty qcow2 disk that lives as long as the machine."),
  ephemeral: EphemeralSource.optional().describe("A writable overlay over a claim; dropped with the machine."),
  persistentVolumeClaim: PersistentVolumeClaimSource.optional().describe("A claim; what the guest writes stays."),
  registryDisk: RegistryDiskSource.optional().describe(
    "A disk image from a container registry; dropped with the machine.",
  ),
});
export type Volume = DeepReadonly<z.infer<typeof Volume>>;

export const volumeSources = [
  "cloudInitNoCloud",
  "emptyDisk",
  "ephemeral",
  "persistentVolumeClaim",
  "registryDisk",
] as const;
export type VolumeSourceKind = (typeof volumeSources)[number];
