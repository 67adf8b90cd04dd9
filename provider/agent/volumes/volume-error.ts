/** Why a volume cannot be made ready, in words for its machine's condition. */

export type VolumeErrorReason = "ClaimNotFound" | "SecretNotFound" | "ImageUnreadable" | "OutOfSpace" | "Unsupported";

/** False: nothing but another spec can help. */
const retryable: Readonly<Record<VolumeErrorReason, boolean>> = {
  ClaimNotFound: true,
  SecretNotFound: true,
  ImageUnreadable: true,
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
