/**
 * The documents of a cloud-init NoCloud data source, as text and bytes; the image that carries them is the node
 * agent's. https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
 */
import type { Volume } from "../api/v1alpha1/volumes";
import { decodeBase64, utf8Bytes } from "./text-bytes";

/** Volume label by which a guest finds the data source. */
export const cloudInitLabel = "cidata";
/** Key of a secret under which the user data is. */
export const userDataSecretKey = "userdata";

export interface CloudInitDocuments {
  /** YAML (in its JSON form). */
  readonly metaData: string;
  /** Byte for byte what the machine's owner gave. */
  readonly userData: Uint8Array;
}

/** Where a volume's user data is. */
export type UserDataSource =
  | { readonly kind: "inline"; readonly userData: Uint8Array }
  /** In the secret of this name, key `userdata`. */
  | { readonly kind: "secret"; readonly secretName: string };

/** Undefined when the volume is no cloud-init volume, or has no user data that can be read. */
export function userDataOf(volume: Volume): UserDataSource | undefined {
  const source = volume.cloudInitNoCloud;
  if (source === undefined) return undefined;
  if (isFilled(source.secretRef?.name)) return { kind: "secret", secretName: source.secretRef.name };
  if (isFilled(source.userData)) return { kind: "inline", userData: utf8Bytes(source.userData) };
  const decoded = isFilled(source.userDataBase64) ? decodeBase64(source.userDataBase64) : undefined;
  return decoded === undefined ? undefined : { kind: "inline", userData: decoded };
}

/** The documents for a machine. The instance id changes with the namespace, so that a namesake is another instance. */
export function cloudInitDocuments(
  machine: { readonly namespace: string; readonly name: string },
  userData: Uint8Array,
): CloudInitDocuments {
  const { namespace, name } = machine;
  const metaData = { "instance-id": `${name}.${namespace}`, "local-hostname": name };
  return { metaData: `${JSON.stringify(metaData)}\n`, userData };
}

function isFilled(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}
