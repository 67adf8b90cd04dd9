/**
 * The certificate authority of one engine and the server certificate it signs, as PEM texts. Owns validity and names;
 * where they are kept is the caller's business. The authority's key signs once and is then forgotten: nobody can make
 * a second certificate that these clients would trust.
 */
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";

export interface ServerTls {
  /** What clients trust. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface TlsOptions {
  /** DNS names and IP addresses of the server; defaults to those of this machine alone. */
  readonly names?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const day = 24 * 60 * 60 * 1000;
const validity = 10 * 365 * day;
/** A clock that is set back a little must not make a new certificate invalid. */
const backdate = day;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** Takes tens of milliseconds: callers keep the result. */
export async function createServerTls(options: TlsOptions = {}): Promise<ServerTls> {
  // Loaded here alone: a start with a kept certificate does without.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto);
  const now = (options.now ?? Date.now)();
  const dates = { notBefore: new Date(now - backdate), notAfter: new Date(now + validity) };
  const caKeys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...dates,
    serialNumber: serialNumber(),
    name: "CN=kubevirt-local-ca",
    keys: caKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const cert = await x509.X509CertificateGenerator.create({
    ...dates,
    serialNumber: serialNumber(),
    subject: "CN=kubevirt-local",
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension((options.names ?? ["127.0.0.1", "localhost"]).map(alternativeName)),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { ca: ca.toString("pem"), cert: cert.toString("pem"), key };
}

function alternativeName(name: string): { type: "dns" | "ip"; value: string } {
  return { type: isIP(name) === 0 ? "dns" : "ip", value: name };
}

/** Positive, as DER wants it, and never the same for two authorities of one name. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
