/** Volumes: where the bytes of a disk come from. A volume has a name and exactly one source. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { withHints } from "../kubernetes-hints";
import { dnsLabelPattern, dnsLabelRemedy, dnsNamePattern, dnsNameRemedy } from "../names";
import { Quantity } from "../quantity";

export const mostVolumes = 256;
/** Bytes of cloud-init user data that one volume may carry. */
export const mostUserDataBytes = 2048;
/** Characters that those may take in base64, with room for line breaks. */
export const mostUserDataBase64Characters = 4096;

/** `[host[:port]/]path[:tag][@digest]`, as the distribution specification spells references. */
const imageReference =
  /^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@[a-z0-9]+([+._-][a-z0-9]+)*:[0-9a-fA-F]{32,128})?$/;

const claimName = z.string().min(1).max(253).regex(dnsNamePattern, dnsNameRemedy);

export const LocalObjectReference = z.strictObject({
  name: z
    .string()
    .max(253)
    .optional()
    .describe("Name of the object in the machine's namespace. Default: none, which names nothing."),
});

const isFilled = (field: string) => `has(self.${field}) && self.${field} != ''`;
const namesSecret = "has(self.secretRef) && has(self.secretRef.name) && self.secretRef.name != ''";
/** Line breaks in base64 mean nothing. */
const base64 = String.raw`self.userDataBase64.replace('\r', '').replace('\n', '')`;

export const CloudInitNoCloudSource = withHints(
  z.strictObject({
    secretRef: LocalObjectReference.optional().describe(
      "A secret whose key `userdata` holds the user data. Excludes the other two. Default: none.",
    ),
    // At most as many characters as bytes: of two messages for one fault, the rule's comes with the remedy.
    userData: withHints(z.string(), { implied: { maxLength: mostUserDataBytes } })
      .optional()
      .describe("User data as text, at most 2048 bytes of UTF-8. Excludes the other two. Default: none."),
    userDataBase64: withHints(z.string(), { implied: { maxLength: mostUserDataBase64Characters } })
      .optional()
      .describe("User data in base64, at most 2048 bytes when decoded. Excludes the other two. Default: none."),
  }),
  {
    rules: [
      {
        rule: `[${namesSecret}, ${isFilled("userDataBase64")}, ${isFilled("userData")}].filter(given, given).size() == 1`,
        message: "cloudInitNoCloud must have exactly one of secretRef (with a name), userDataBase64 and userData",
      },
      {
        rule: `!has(self.secretRef) || ${namesSecret}`,
        message: "secretRef must name a secret, or be left out",
        fieldPath: ".secretRef",
      },
      {
        rule: `!has(self.userDataBase64) || (${base64}.matches('^[A-Za-z0-9+/]*={0,2}$') && size(${base64}) % 4 == 0)`,
        message: "userDataBase64 must be base64 in the standard alphabet with padding, without spaces",
        fieldPath: ".userDataBase64",
      },
      {
        rule: `!has(self.userData) || size(bytes(self.userData)) <= ${mostUserDataBytes}`,
        message: `user data must have at most ${mostUserDataBytes} bytes: fetch the rest from the guest, or use secretRef`,
        fieldPath: ".userData",
      },
      {
        rule: `!has(self.userDataBase64) || size(${base64}) / 4 * 3 - (self.userDataBase64.contains('==') ? 2 : self.userDataBase64.contains('=') ? 1 : 0) <= ${mostUserDataBytes}`,
        message: `user data in base64 must have at most ${mostUserDataBytes} bytes when decoded: fetch the rest from the guest, or use secretRef`,
        fieldPath: ".userDataBase64",
      },
    ],
  },
);

export const EmptyDiskSource = withHints(
  z.strictObject({
    capacity: Quantity.describe("Size of the disk in bytes, more than 0, such as `2Gi`."),
  }),
  {
    rules: [
      {
        rule: "quantity(string(self.capacity)).isGreaterThan(quantity('0'))",
        message: "capacity must be more than 0, such as 2Gi",
        fieldPath: ".capacity",
      },
    ],
  },
);

export const PersistentVolumeClaimSource = z.strictObject({
  claimName: claimName.describe("Name of a PersistentVolumeClaim in the machine's namespace."),
  readOnly: z.boolean().optional().describe("Whether the claim is attached for reading only. Default: false."),
});

export const EphemeralSource = withHints(
  z.strictObject({
    persistentVolumeClaim: PersistentVolumeClaimSource.optional().describe(
      "The claim below the overlay; only read. Must be given. Default: none.",
    ),
  }),
  {
    rules: [
      {
        rule: "has(self.persistentVolumeClaim)",
        message: "ephemeral must have a persistentVolumeClaim: the claim below the overlay",
        fieldPath: ".persistentVolumeClaim",
        reason: "FieldValueRequired",
      },
    ],
  },
);

export const RegistryDiskSource = z.strictObject({
  image: z
    .string()
    .min(1)
    .max(512)
    .regex(imageReference, "must be an image reference such as registry.example/images/cirros:0.4")
    .describe(
      "Image reference, such as `registry.example/images/cirros:0.4`: a container image with one raw or qcow2 disk in `/disk`. A tag is looked up at each start; while the registry cannot be reached, a machine starts with the disk that was pulled for the tag last, but for `latest` and no tag, which wait. A digest is looked up once.",
    ),
  imagePullSecret: z
    .string()
    .max(253)
    .optional()
    .describe(
      "Name of a secret of the type `kubernetes.io/dockerconfigjson` in the machine's namespace, with the registry's credentials. Default: none.",
    ),
});

export const volumeSources = [
  "cloudInitNoCloud",
  "emptyDisk",
  "ephemeral",
  "persistentVolumeClaim",
  "registryDisk",
] as const;
export type VolumeSourceKind = (typeof volumeSources)[number];

export const Volume = withHints(
  z.strictObject({
    name: z
      .string()
      .min(1)
      .max(63)
      .regex(dnsLabelPattern, dnsLabelRemedy)
      .describe("Name of the volume, unique in the machine: a DNS label."),
    cloudInitNoCloud: CloudInitNoCloudSource.optional().describe(
      "A cloud-init NoCloud data source, made at start. Default: not this source.",
    ),
    emptyDisk: EmptyDiskSource.optional().describe(
      "A new, empty qcow2 disk that lives as long as the machine. Default: not this source.",
    ),
    ephemeral: EphemeralSource.optional().describe(
      "A writable overlay over a claim; dropped with the machine. Default: not this source.",
    ),
    persistentVolumeClaim: PersistentVolumeClaimSource.optional().describe(
      "A claim; what the guest writes stays. Default: not this source.",
    ),
    registryDisk: RegistryDiskSource.optional().describe(
      "A writable overlay over a disk image from a container registry; dropped with the machine. Default: not this source.",
    ),
  }),
  {
    rules: [
      {
        rule: `[${volumeSources.map((source) => `has(self.${source})`).join(", ")}].filter(given, given).size() == 1`,
        message: `a volume must have exactly one source: ${volumeSources.join(", ")}`,
      },
    ],
  },
);
export type Volume = DeepReadonly<z.infer<typeof Volume>>;
