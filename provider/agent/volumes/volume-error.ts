/** Why a volume cannot be made ready, in words for its machine's condition; and that one is on its way. */

export type VolumeErrorReason =
  | "ClaimNotFound"
  | "SecretNotFound"
  | "SecretUnusable"
  | "ImageUnreadable"
  | "ImageNotFound"
  | "ImagePullDenied"
  | "ImageCorrupt"
  | "ImageRefused"
  | "RegistryUnavailable"
  | "OutOfSpace"
  | "Unsupported";

/** False: nothing but another spec can help. */
const retryable: Readonly<Record<VolumeErrorReason, boolean>> = {
  ClaimNotFound: true,
  SecretNotFound: true,
  SecretUnusable: true,
  ImageUnreadable: true,
  // A tag may be pushed, access be given, a proxy be mended, without the machine changing.
  ImageNotFound: true,
  ImagePullDenied: true,
  ImageCorrupt: true,
  ImageRefused: false,
  RegistryUnavailable: true,
  OutOfSpace: true,
  Unsupported: false,
};

export class VolumeError extends Error {
  /** Name of the volume in the machine's spec. */
  readonly volume: string;
  readonly reason: VolumeErrorReason;
  readonly retryable: boolean;

  constructor(message: string, detail: { volume: string; reason: VolumeErrorReason; cause?: unknown }) {
    super(`volume "${detail.volume}": ${message}`, { cause: detail.cause });
    this.name = "VolumeError";
    this.volume = detail.volume;
    this.reason = detail.reason;
    this.retryable = retryable[detail.reason];
  }
}

/** The volume is being made ready in the background: whoever asked is told when to ask again, and nothing is wrong. */
export class VolumePendingError extends Error {
  constructor(volume: string) {
    super(`volume "${volume}" is not ready yet`);
    this.name = "VolumePendingError";
  }
}
