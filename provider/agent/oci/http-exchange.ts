/**
 * One GET or POST to a registry or to what it points to: answers as streams, silence is an error, no redirect is
 * followed here, nothing is retried. What goes wrong below HTTP becomes an OciError that names the host alone, since
 * addresses of blobs may carry signatures.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { rootCertificates } from "node:tls";
import { OciError } from "./oci-error";

export interface HttpRequest {
  readonly url: URL;
  readonly method?: "GET" | "HEAD" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface HttpSettings {
  /** Milliseconds of silence, before the headers or between two pieces of the body. */
  readonly silenceMs: number;
  /** Certificates in PEM that are trusted besides the usual ones. */
  readonly authorities: readonly string[];
}

export type Exchange = (request: HttpRequest) => Promise<IncomingMessage>;

/** Resolves with the headers; the body must be read or destroyed. */
export function httpExchange(settings: HttpSettings): Exchange {
  const trusted = settings.authorities.length === 0 ? {} : { ca: [...rootCertificates, ...settings.authorities] };
  return ({ url, method = "GET", headers = {}, body, signal }) =>
    new Promise((resolve, reject) => {
      const send = url.protocol === "http:" ? httpRequest : httpsRequest;
      const request = send(url, {
        method,
        headers: { "user-agent": "pulumi-kubevirt", ...headers },
        // A registry is asked a few times in a row and then not for long: a kept connection would mostly be a dead one.
        agent: false,
        signal,
        // As an option it also counts while connecting; set later it would not.
        timeout: settings.silenceMs,
        ...(url.protocol === "https:" ? trusted : {}),
      });
      const fail = (error: Error) => reject(signal.aborted ? signal.reason : unreachable(url.host, error));
      request.on("timeout", () => {
        request.destroy(new Error(`no answer within ${settings.silenceMs / 1000} s`));
      });
      request.once("error", fail);
      request.once("response", (response) => {
        request.off("error", fail);
        request.on("error", (error) => response.destroy(error));
        resolve(response);
      });
      request.end(body);
    });
}

/** The whole body; refused when it is longer. */
export async function readBounded(response: IncomingMessage, mostBytes: number, what: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > mostBytes) {
        throw new OciError(`${what} is longer than ${mostBytes} bytes`, { reason: "Refused" });
      }
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof OciError) throw error;
    throw new OciError(`${what} broke off`, { reason: "Unreachable", cause: error });
  }
  return Buffer.concat(pieces);
}

export function unreachable(host: string, cause: Error): OciError {
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  const said = reasons[code] ?? (untrusted.has(code) ? `its certificate is not trusted (${code})` : cause.message);
  const remedy = untrusted.has(code)
    ? "; trust its authority with: virtctl local start --registry-ca FILE (after virtctl local stop)"
    : "";
  return new OciError(`${host} cannot be reached: ${said}${remedy}`, { reason: "Unreachable", cause });
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "its name cannot be looked up at the moment",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the connection was cut",
  ETIMEDOUT: "no answer",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
};

const untrusted: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);
