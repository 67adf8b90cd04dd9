/** Why an image did not become a claim, or why a claim cannot be named. */

export type ClaimErrorReason =
  | "AlreadyExists"
  | "ImageRefused"
  | "ImageUnreadable"
  | "InvalidName"
  | "OutOfSpace"
  | "Removed";

export class ClaimError extends Error {
  readonly reason: ClaimErrorReason;
  constructor(message: string, detail: { reason: ClaimErrorReason; cause?: unknown }) {
    super(message, { cause: detail.cause });
    this.name = "ClaimError";
    this.reason = detail.reason;
  }
}
