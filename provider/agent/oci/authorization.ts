/**
 * Answers a registry's challenge: Basic with the credentials themselves, Bearer with a token from the realm that the
 * challenge names (the distribution specification's token authentication). A realm is told by the registry, so it may be
 * anybody's: credentials go to a realm of the registry's own owner only, over TLS unless the registry itself is spoken
 * to without, and the token asked for is always for pulling this one repository, whatever the challenge says.
 */
import { child } from "../../core/json-tree";
import { type Challenge, parseChallenges } from "./challenge";
import type { Credentials } from "./credentials";
import { haveOneOwner, hostnameOf, isLoopback } from "./hosts";
import { type Exchange, type HttpRequest, readBounded } from "./http-exchange";
import type { ImageReference } from "./image-reference";
import { OciError, quote } from "./oci-error";

export interface AuthorizationRequest {
  readonly header: string;
  readonly image: ImageReference;
  /** The registry's own address. */
  readonly origin: URL;
  readonly credentials: Credentials | undefined;
  readonly exchange: Exchange;
  readonly signal: AbortSignal;
}

const clientId = "pulumi-kubevirt";
const mostTokenBytes = 1024 * 1024;
const token = /^[A-Za-z0-9._~+/=-]+$/;

/** The value of the Authorization header. Throws OciError when the registry cannot be satisfied. */
export async function authorize(request: AuthorizationRequest): Promise<string> {
  const challenges = parseChallenges(request.header);
  const bearer = challenges.find(({ scheme }) => scheme === "bearer");
  if (bearer !== undefined) return `Bearer ${await fetchToken(bearer, request)}`;
  const { registry } = request.image;
  if (!challenges.some(({ scheme }) => scheme === "basic")) {
    throw new OciError(`${registry} asks for a kind of sign-in that is not known here`, { reason: "Denied" });
  }
  const { credentials } = request;
  if (credentials === undefined) throw missing(registry);
  if (credentials.kind === "password") return basic(credentials);
  throw new OciError(`${registry} asks for a user name and a password, and the secret has a token`, {
    reason: "Denied",
  });
}

function missing(registry: string): OciError {
  return new OciError(`${registry} asks for credentials, and there are none for it`, { reason: "Denied" });
}

function basic({ username, password }: Credentials & { kind: "password" }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

async function fetchToken(challenge: Challenge, request: AuthorizationRequest): Promise<string> {
  const { image, credentials, exchange, signal } = request;
  const realm = realmOf(challenge, request);
  const scope = `repository:${image.repository}:pull`;
  const service = challenge.parameters.get("service");
  const fields = { scope, ...(service === undefined ? {} : { service }) };
  const response = await exchange({ ...tokenCall(realm, fields, credentials), signal });
  const status = response.statusCode ?? 0;
  if (status === 401 || status === 403 || status === 400) {
    response.destroy();
    throw credentials === undefined
      ? missing(image.registry)
      : new OciError(`${realm.host} does not accept the credentials for ${image.registry}`, { reason: "Denied" });
  }
  if (status !== 200) {
    response.destroy();
    const reason = status === 429 || status >= 500 ? "Unavailable" : "Denied";
    throw new OciError(`${realm.host} answers ${status} where ${image.registry} sends for a token`, { reason });
  }
  const body = await readBounded(response, mostTokenBytes, `the token of ${realm.host}`);
  const found = tokenIn(body);
  if (found === undefined) throw new OciError(`${realm.host} answers without a token`, { reason: "Denied" });
  return found;
}

function tokenCall(
  realm: URL,
  fields: Readonly<Record<string, string>>,
  credentials: Credentials | undefined,
): Omit<HttpRequest, "signal"> {
  if (credentials?.kind === "identityToken") {
    const form = { grant_type: "refresh_token", client_id: clientId, refresh_token: credentials.token, ...fields };
    return {
      url: realm,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: new URLSearchParams(form).toString(),
    };
  }
  const url = new URL(realm);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  const headers = { accept: "application/json" };
  return {
    url,
    headers: credentials === undefined ? headers : { ...headers, authorization: basic(credentials) },
  };
}

/** Throws when the realm cannot be asked at all, or not with these credentials. */
function realmOf(challenge: Challenge, { image, origin, credentials }: AuthorizationRequest): URL {
  const text = challenge.parameters.get("realm") ?? "";
  if (!URL.canParse(text)) {
    throw new OciError(`${image.registry} sends for a token to ${quote(text)}, which is no address`, {
      reason: "Denied",
    });
  }
  const realm = new URL(text);
  const [own, other] = [hostnameOf(origin.host), hostnameOf(realm.host)];
  const plain = realm.protocol === "http:" && origin.protocol === "http:" && own === other;
  const refuse = (why: string) =>
    new OciError(`${image.registry} sends for a token to ${quote(realm.host)}, ${why}`, { reason: "Denied" });
  if ((realm.protocol !== "https:" && !plain) || realm.username !== "" || realm.password !== "") {
    throw refuse("which is not an https address; it was not asked");
  }
  if (isLoopback(other) && !isLoopback(own)) throw refuse("which is this machine; it was not asked");
  if (credentials !== undefined && !haveOneOwner(own, other)) {
    throw refuse("which does not belong to the registry's owner; the credentials were kept back");
  }
  return realm;
}

function tokenIn(body: Buffer): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString("utf8"));
  } catch {
    // Said by the caller in words that do not quote the answer.
    return undefined;
  }
  const found = child(answer, "token") ?? child(answer, "access_token");
  return typeof found === "string" && token.test(found) ? found : undefined;
}
