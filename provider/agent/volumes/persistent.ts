/** A claim's own image as a disk: what the guest writes stays. */

import { hasCode } from "../../runtime/error-code";
import type { ClaimImage, ClaimLocator } from "./claim-store";
import { isObjectName } from "./files";
import { VolumeError } from "./volume-error";

export interface ClaimUse {
  /** UID of the machine. */
  readonly uid: string;
  readonly volume: string;
  readonly namespace: string;
  readonly claim: string;
}

/** Throws VolumeError when the claim has no image. */
export async function locateClaim(claims: ClaimLocator, use: ClaimUse): Promise<ClaimImage> {
  const { uid, volume, namespace, claim } = use;
  if (!isObjectName(claim) || !isObjectName(namespace)) {
    throw new VolumeError(`${JSON.stringify(claim)} is not the name of a claim`, { volume, reason: "Unsupported" });
  }
  let image: ClaimImage | undefined;
  try {
    image = await claims.locate(namespace, claim, { uid, volume });
  } catch (error) {
    if (error instanceof VolumeError) throw error;
    const why = hasCode(error, "EACCES") ? "permission denied" : error instanceof Error ? error.message : String(error);
    throw new VolumeError(`the image of claim "${claim}" cannot be read: ${why}`, {
      volume,
      reason: "ImageUnreadable",
      cause: error,
    });
  }
  if (image === undefined) {
    throw new VolumeError(
      `claim "${claim}" has no image in namespace "${namespace}" on this node; import one with: virtctl image import FILE --name ${claim} --namespace ${namespace}`,
      { volume, reason: "ClaimNotFound" },
    );
  }
  return image;
}
