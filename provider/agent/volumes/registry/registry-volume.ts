/**
 * A machine's own writable overlay over a disk from a registry. The machine's record of that disk is written before the
 * overlay; from then on the registry is not asked again, and the machine keeps the disk that it began with.
 */
import { join } from "node:path";
import type { VolumeSource } from "../../../core/convert/volume-source";
import { parseImageReference, printImageReference } from "../../oci/image-reference";
import { OciError, type OciErrorReason } from "../../oci/oci-error";
import { ensureOverlay } from "../ephemeral";
import { regularFileSize } from "../files";
import type { RunCommand } from "../run-command";
import { VolumeError, type VolumeErrorReason } from "../volume-error";
import type { CachedDisk } from "./disk-cache";
import { readPin, writePin } from "./disk-pins";
import { type ReadSecret, readPullSecret } from "./pull-secret";
import type { DiskNews, RegistryDisks } from "./registry-disks";

export interface RegistryVolumeRequest {
  readonly machine: { readonly uid: string; readonly namespace: string };
  readonly volume: string;
  readonly image: string;
  readonly imagePullSecret: string | undefined;
  /** The machine's folder. */
  readonly folder: string;
  readonly readSecret: ReadSecret;
  readonly news: DiskNews;
  readonly run: RunCommand;
}

/** Throws VolumeError, and VolumePendingError while the disk is on its way. */
export async function prepareRegistryVolume(
  disks: RegistryDisks,
  request: RegistryVolumeRequest,
): Promise<VolumeSource> {
  const { folder, volume, machine, run } = request;
  const path = join(folder, `${volume}.qcow2`);
  const hasOverlay = (await regularFileSize(path)) !== undefined;
  const begun = hasOverlay ? await readPin(folder, volume) : undefined;
  if (hasOverlay && begun === undefined) {
    throw new VolumeError("nothing is known of the image below what the guest wrote; make the machine anew", {
      volume,
      reason: "ImageUnreadable",
    });
  }
  const disk = (begun === undefined ? undefined : await disks.find(begun)) ?? (await obtain(disks, request));
  if (begun !== undefined && begun.text !== disk.digest.text) {
    throw new VolumeError(
      `what the guest wrote stands on an image that is gone from this node (${begun.text}) and that ${request.image} no longer stands for; make the machine anew`,
      { volume, reason: "ImageRefused" },
    );
  }
  if (begun === undefined) await writePin(folder, volume, disk.digest);
  await ensureOverlay(path, { path: disk.path, format: disk.format, capacityBytes: disk.virtualBytes }, run);
  disks.settle({ uid: machine.uid, volume });
  return { kind: "file", path, format: "qcow2", backing: { path: disk.path, format: disk.format } };
}

async function obtain(disks: RegistryDisks, request: RegistryVolumeRequest): Promise<CachedDisk> {
  const { machine, volume, imagePullSecret } = request;
  try {
    const image = parseImageReference(request.image);
    const name = imagePullSecret === "" ? undefined : imagePullSecret;
    const { namespace } = machine;
    const use = name === undefined ? undefined : { volume, namespace, secret: name, image };
    const credentials = use === undefined ? undefined : await readPullSecret(use, request.readSecret);
    return await disks.obtain({
      uid: machine.uid,
      volume,
      image,
      pulledAs: {
        reference: printImageReference(image),
        secret: credentials === undefined || name === undefined ? undefined : { namespace, name },
      },
      credentials,
      news: request.news,
    });
  } catch (error) {
    throw error instanceof OciError ? describe(error, request) : error;
  }
}

const reasons: Readonly<Record<OciErrorReason, VolumeErrorReason>> = {
  InvalidReference: "Unsupported",
  Unreachable: "RegistryUnavailable",
  Unavailable: "RegistryUnavailable",
  Denied: "ImagePullDenied",
  NotFound: "ImageNotFound",
  Corrupt: "ImageCorrupt",
  Refused: "ImageRefused",
};

function describe(error: OciError, { volume, image, imagePullSecret }: RegistryVolumeRequest): VolumeError {
  const reason = reasons[error.reason];
  const subject = error.reason === "InvalidReference" ? "" : `image "${image}" cannot be pulled: `;
  const remedy = remedyFor(error.reason, imagePullSecret);
  return new VolumeError(`${subject}${error.message}${remedy}`, { volume, reason, cause: error });
}

function remedyFor(reason: OciErrorReason, secret: string | undefined): string {
  switch (reason) {
    case "InvalidReference":
    case "Refused":
      return "";
    case "NotFound":
      return "; it is asked for again, and the machine starts once it has been pushed";
    case "Denied":
      return secret === undefined || secret === ""
        ? "; if it is there at all, name a secret for it in imagePullSecret (kubectl create secret docker-registry); it is tried again"
        : `; look at what the secret "${secret}" holds for it; it is tried again`;
    default:
      return "; it is tried again";
  }
}
