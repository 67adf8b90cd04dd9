/** Why an image cannot be had from its registry, or is not what it should be. Messages never carry credentials. */

export type OciErrorReason =
  /** The name is no image reference. */
  | "InvalidReference"
  /** No answer: no such host, nobody listens, too slow, a certificate that is not trusted. */
  | "Unreachable"
  /** The registry answers that it cannot now: 429 and 5xx. */
  | "Unavailable"
  /** Credentials are missing, wrong, not enough, or were kept back. */
  | "Denied"
  /** There is no such image, tag or blob. */
  | "NotFound"
  /** Bytes that are not those that their digest or size names. */
  | "Corrupt"
  /** The image is whole, and not one that is taken. */
  | "Refused";

export class OciError extends Error {
  readonly reason: OciErrorReason;
  /** Seconds after which the registry asked to be asked again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, detail: { reason: OciErrorReason; retryAfterSeconds?: number; cause?: unknown }) {
    super(message, { cause: detail.cause });
    this.name = "OciError";
    this.reason = detail.reason;
    this.retryAfterSeconds = detail.retryAfterSeconds;
  }
}

/** True while asking again may help without anybody mending anything. */
export function isPassing(error: unknown): boolean {
  return error instanceof OciError && (error.reason === "Unreachable" || error.reason === "Unavailable");
}

const longestQuote = 120;

/** A text that somebody else chose, for a message: quoted, without control characters, cut. */
export function quote(text: string): string {
  const short = text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
  return JSON.stringify(short);
}
