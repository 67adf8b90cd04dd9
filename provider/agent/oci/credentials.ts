/**
 * Registry credentials in the form that `docker login` and `kubectl create secret docker-registry` write: a JSON document
 * with `auths`, from a registry's name to its entry. Which entry belongs to an image is decided as Kubernetes does it:
 * by host and port, with a path as a further restriction, the longest first; Docker Hub has an old name.
 */
import { child, childAt, isObject } from "../../core/json-tree";
import { dockerHub, type ImageReference } from "./image-reference";

export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, given by registries that sign people in elsewhere. */
  | { readonly kind: "identityToken"; readonly token: string };

export type DockerConfig =
  | { readonly ok: true; readonly credentialsFor: (image: ImageReference) => Credentials | undefined }
  /** What is wrong with the document, to be read after its name. It quotes nothing of it. */
  | { readonly ok: false; readonly why: string };

interface Entry {
  readonly host: string;
  readonly path: string;
  readonly credentials: Credentials;
}

const hubHosts: ReadonlySet<string> = new Set([dockerHub, "index.docker.io", "registry-1.docker.io"]);

export function parseDockerConfig(bytes: Uint8Array): DockerConfig {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's own words quote the text, which is secret.
    return { ok: false, why: "is not JSON" };
  }
  const auths = childAt(document, ["auths"]);
  if (!isObject(auths)) return { ok: false, why: 'has no "auths"' };
  const entries = Object.entries(auths).flatMap(([key, value]): Entry[] => {
    const credentials = credentialsOf(value);
    const place = placeOf(key);
    return credentials === undefined || place === undefined ? [] : [{ ...place, credentials }];
  });
  entries.sort((a, b) => b.path.length - a.path.length);
  return {
    ok: true,
    credentialsFor: ({ registry, repository }) =>
      entries.find(({ host, path }) => host === registry && isBelow(repository, path))?.credentials,
  };
}

/** `https://index.docker.io/v1/`, `registry.example:5000`, `registry.example/team`; undefined for what is no place. */
function placeOf(key: string): { host: string; path: string } | undefined {
  const match = /^(?:https?:\/\/)?([^/@?#\s]+)(\/[^?#\s]*)?$/i.exec(key);
  const host = match?.[1]?.toLowerCase();
  if (host === undefined) return undefined;
  const path = (match?.[2] ?? "").replace(/^\/+|\/+$/g, "");
  // The versions are of the registry's interface, not of a repository.
  const repository = /^v[12]$/.test(path) ? "" : path.replace(/^v2\//, "");
  return { host: hubHosts.has(host) ? dockerHub : host, path: repository };
}

function isBelow(repository: string, path: string): boolean {
  return path === "" || repository === path || repository.startsWith(`${path}/`);
}

function credentialsOf(entry: unknown): Credentials | undefined {
  const text = (name: string) => {
    const value = child(entry, name);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const token = text("identitytoken");
  if (token !== undefined) return { kind: "identityToken", token };
  const [username, password] = [text("username"), text("password")];
  if (username !== undefined && password !== undefined) return { kind: "password", username, password };
  const decoded = Buffer.from(text("auth") ?? "", "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon < 1) return undefined;
  // Docker pads with zero bytes in some versions.
  return {
    kind: "password",
    username: decoded.slice(0, colon),
    password: decoded.slice(colon + 1).replace(/\0+$/, ""),
  };
}
