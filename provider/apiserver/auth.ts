/**
 * Who may talk to the server. Owns the token check and the guard against pages in a browser on the same machine: a
 * request with an Origin, or for another Host than this server's, is refused before anything else is looked at.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { ApiError } from "./status";

export interface Credential {
  readonly token: string;
  readonly user: string;
  readonly groups?: readonly string[];
}

export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

export class Authenticator {
  readonly #digests: readonly { readonly digest: Buffer; readonly identity: Identity }[];

  constructor(credentials: readonly Credential[]) {
    this.#digests = credentials.map(({ token, user, groups = [] }) => ({
      digest: digestOf(token),
      identity: { user, groups: [...groups, "system:authenticated"] },
    }));
  }

  /** @throws ApiError 401 without a valid token */
  authenticate(request: IncomingMessage): Identity {
    const match = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "");
    const given = digestOf(match?.[1] ?? "");
    let found: Identity | undefined;
    // Every digest is compared, whichever matches, so that time tells nothing.
    for (const { digest, identity } of this.#digests) if (timingSafeEqual(digest, given)) found = identity;
    if (match === null || found === undefined) throw new ApiError(401, "Unauthorized", "Unauthorized");
    return found;
  }
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** @throws ApiError 403 */
export function refuseForeignOrigin(request: IncomingMessage, hosts: ReadonlySet<string>): void {
  const host = request.headers.host ?? "";
  if (!hosts.has(host.toLowerCase())) {
    throw new ApiError(403, "Forbidden", `the Host header ${JSON.stringify(host)} does not name this server`);
  }
  if (request.headers.origin !== undefined) {
    throw new ApiError(403, "Forbidden", "requests from web pages are not served");
  }
}
