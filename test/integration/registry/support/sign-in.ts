/** Credentials and tokens for registries of tests. */
import { createPrivateKey, randomUUID, sign, X509Certificate } from "node:crypto";
import type { ServerTls } from "../../../../provider/apiserver/tls";

export const user = { name: "robot", password: "pull: this & that" } as const;

/** The user above, as `htpasswd -B` writes it. */
export const htpasswd = "robot:$2b$05$abcdefghijklmnopqrstuuGHoWuQLGur4IphaS2VepyZd1Urr7PuW";

/** The content of what `kubectl create secret docker-registry` makes. */
export function dockerConfig(registry: string, password: string = user.password): Record<string, Uint8Array> {
  const auth = Buffer.from(`${user.name}:${password}`).toString("base64");
  const document = { auths: { [registry]: { username: user.name, password, auth } } };
  return { ".dockerconfigjson": Buffer.from(JSON.stringify(document)) };
}

export interface Grant {
  readonly issuer: string;
  readonly service: string;
  /** Such as `repository:disks/a:pull`. */
  readonly scope: string;
}

/** A token as docker-registry checks it: signed, with the certificate in its head. */
export function issueToken(tls: ServerTls, { issuer, service, scope }: Grant): string {
  const [type = "", name = "", actions = ""] = scope.split(":");
  const seconds = Math.floor(Date.now() / 1000);
  const parts = [
    { typ: "JWT", alg: "ES256", x5c: [new X509Certificate(tls.cert).raw.toString("base64")] },
    {
      iss: issuer,
      sub: user.name,
      aud: service,
      exp: seconds + 300,
      nbf: seconds - 10,
      iat: seconds,
      jti: randomUUID(),
      access: [{ type, name, actions: actions.split(",") }],
    },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const key = createPrivateKey(tls.key);
  const signature = sign("sha256", Buffer.from(parts.join(".")), { key, dsaEncoding: "ieee-p1363" });
  return [...parts, signature.toString("base64url")].join(".");
}
