/**
 * The token of a kubeconfig's user that signs in with OpenID Connect: the one in the kubeconfig while it is valid, and then
 * one that the issuer gives for the refresh token. Keeps new ones in memory alone. By hand, since what
 * @kubernetes/client-node does fails at every refresh.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens
 */
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { KubeconfigError } from "./errors";

/** The fields of `auth-provider.config`. */
export type OidcConfig = Readonly<Record<string, string | undefined>>;

/** A token that ends sooner than this, in milliseconds, is not used any more. */
const leewayMs = 10_000;
const timeoutMs = 30_000;
const maxAnswer = 1024 * 1024;

export class OidcToken {
  readonly #config: OidcConfig;
  readonly #now: () => number;
  #idToken: string;
  #refreshToken: string;
  #refreshing: Promise<string> | undefined;

  constructor(config: OidcConfig, now: () => number = Date.now) {
    this.#config = config;
    this.#now = now;
    this.#idToken = config["id-token"] ?? "";
    this.#refreshToken = config["refresh-token"] ?? "";
  }

  /** Throws KubeconfigError. */
  async token(): Promise<string> {
    if (this.#now() + leewayMs < expiryOf(this.#idToken)) return this.#idToken;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<string> {
    const { "idp-issuer-url": issuer = "", "client-id": client = "", "client-secret": secret } = this.#config;
    if (issuer === "" || client === "" || this.#refreshToken === "") {
      throw new KubeconfigError(
        "the OpenID Connect token of the kubeconfig has expired, and cannot be renewed without idp-issuer-url, client-id and refresh-token; sign in again with what has made the kubeconfig",
      );
    }
    try {
      const found = await this.#ask(`${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`);
      const form = new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: this.#refreshToken,
        client_id: client,
        ...(secret === undefined || secret === "" ? {} : { client_secret: secret }),
      });
      const answer = await this.#ask(textIn(found, "token_endpoint"), form.toString());
      this.#idToken = textIn(answer, "id_token");
      // An issuer that gives no new one goes on taking the old one.
      if (hasText(answer, "refresh_token")) this.#refreshToken = textIn(answer, "refresh_token");
      return this.#idToken;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new KubeconfigError(
        `the OpenID Connect token of the kubeconfig has expired, and ${issuer} gives no new one: ${why}; sign in again with what has made the kubeconfig`,
        { cause },
      );
    }
  }

  /** GET, or POST with a form; the JSON of the answer. */
  #ask(address: string, form?: string): Promise<object> {
    const url = new URL(address);
    const { "idp-certificate-authority-data": data, "idp-certificate-authority": file } = this.#config;
    const ca = data !== undefined ? Buffer.from(data, "base64") : file === undefined ? undefined : readFileSync(file);
    return new Promise((resolve, reject) => {
      const send = url.protocol === "http:" ? httpRequest : httpsRequest;
      const headers = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
      const options = { method: form === undefined ? "GET" : "POST", headers, ...(ca === undefined ? {} : { ca }) };
      const request = send(url, { ...options, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
          if (text.length > maxAnswer) request.destroy(new Error("its answer is too long"));
        });
        response.once("error", reject);
        response.once("end", () => {
          // What it says may repeat what it was sent.
          if (response.statusCode !== 200) return reject(new Error(`it answers ${response.statusCode}`));
          try {
            resolve(Object(JSON.parse(text)) as object);
          } catch {
            reject(new Error("its answer is not JSON"));
          }
        });
      });
      request.once("error", reject);
      request.end(form);
    });
  }
}

function hasText(answer: object, field: string): boolean {
  const value: unknown = Reflect.get(answer, field);
  return typeof value === "string" && value !== "";
}

function textIn(answer: object, field: string): string {
  if (!hasText(answer, field)) throw new Error(`its answer has no ${field}`);
  return String(Reflect.get(answer, field));
}

/** Milliseconds since 1970; the past for what is no token with an end. */
function expiryOf(token: string): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    const exp: unknown = Reflect.get(Object(claims) as object, "exp");
    return typeof exp === "number" ? exp * 1000 : 0;
  } catch {
    return 0;
  }
}
