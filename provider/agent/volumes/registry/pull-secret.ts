/** The credentials of an `imagePullSecret`: a secret of the type kubernetes.io/dockerconfigjson. */
import { type Credentials, parseDockerConfig } from "../../oci/credentials";
import type { ImageReference } from "../../oci/image-reference";
import { VolumeError, type VolumeErrorReason } from "../volume-error";

export type ReadSecret = (name: string) => Promise<Readonly<Record<string, Uint8Array>> | undefined>;

export interface PullSecretUse {
  readonly volume: string;
  readonly namespace: string;
  readonly secret: string;
  readonly image: ImageReference;
}

/** The secret's only key. */
const configKey = ".dockerconfigjson";

/** Throws VolumeError with the way to make a secret that serves. Undefined when the secret has none for this registry. */
export async function readPullSecret(use: PullSecretUse, readSecret: ReadSecret): Promise<Credentials | undefined> {
  const { volume, namespace, secret, image } = use;
  const make = `kubectl create secret docker-registry ${secret} --docker-server=${image.registry} --docker-username=NAME --docker-password=PASSWORD --namespace ${namespace}`;
  const refuse = (why: string, reason: VolumeErrorReason) =>
    new VolumeError(`imagePullSecret "${secret}" ${why}; make it with: ${make}`, { volume, reason });
  const content = await readSecret(secret);
  if (content === undefined) throw refuse(`does not exist in namespace "${namespace}"`, "SecretNotFound");
  const config = Object.hasOwn(content, configKey) ? content[configKey] : undefined;
  if (config === undefined) {
    throw refuse(`has no key "${configKey}": it is not of the type kubernetes.io/dockerconfigjson`, "SecretUnusable");
  }
  const parsed = parseDockerConfig(config);
  if (!parsed.ok) throw refuse(`has a "${configKey}" that ${parsed.why}`, "SecretUnusable");
  return parsed.credentialsFor(image);
}
