/**
 * Image references: `[host[:port]/]path[:tag][@digest]`. A first part with a dot, a port, or the name localhost is a
 * registry; without one the image is Docker Hub's, and a path of one part is below `library/` there, as every tool
 * reads it. Grammar: the distribution specification's.
 */
import { type Digest, parseDigest } from "./digest";
import { OciError, quote } from "./oci-error";

export interface ImageReference {
  /** `host` or `host:port`; Docker Hub is `docker.io`. */
  readonly registry: string;
  /** Path of the repository in its registry, such as `library/debian`. */
  readonly repository: string;
  /** `latest` when neither a tag nor a digest is given; undefined for a digest alone. */
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

export const dockerHub = "docker.io";
const hubNames: ReadonlySet<string> = new Set([dockerHub, "index.docker.io", "registry-1.docker.io"]);
const defaultTag = "latest";

const label = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const registryPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:.]+\\])(?::[0-9]{1,5})?$`);
const pathPattern = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const longestRepository = 255;

/** Throws OciError with what is wrong in the reference. */
export function parseImageReference(text: string): ImageReference {
  const refuse = (why: string) =>
    new OciError(`${quote(text)} is not an image reference: ${why}`, { reason: "InvalidReference" });
  const [withoutDigest = "", digestText, ...more] = text.split("@");
  if (more.length > 0) throw refuse('it has more than one "@"');
  const digest = digestText === undefined ? undefined : parseDigest(digestText);
  if (digestText !== undefined && digest === undefined) {
    throw refuse('after "@" there must be a digest: sha256: and 64 hexadecimal digits, or sha512: and 128');
  }

  const { host, rest } = splitHost(withoutDigest);
  const colon = rest.lastIndexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (!registryPattern.test(host) || portOf(host) > 65_535) throw refuse(`${quote(host)} is not a registry's host`);
  if (!pathPattern.test(path)) {
    throw refuse(path === "" ? "it names no repository" : `${quote(path)} is not a path of lower-case names`);
  }
  if (tag !== undefined && !tagPattern.test(tag)) throw refuse(`${quote(tag)} is not a tag`);
  const registry = hubNames.has(host.toLowerCase()) ? dockerHub : host.toLowerCase();
  const repository = registry === dockerHub && !path.includes("/") ? `library/${path}` : path;
  if (repository.length > longestRepository) throw refuse(`its path is longer than ${longestRepository} characters`);
  return { registry, repository, tag: tag ?? (digest === undefined ? defaultTag : undefined), digest };
}

/** The full form, one for all spellings of a reference. */
export function printImageReference({ registry, repository, tag, digest }: ImageReference): string {
  const tagPart = tag === undefined ? "" : `:${tag}`;
  return `${registry}/${repository}${tagPart}${digest === undefined ? "" : `@${digest.text}`}`;
}

/** Whether what the reference stands for may be another image tomorrow, by the word of whoever wrote it. */
export function isMoving({ tag, digest }: ImageReference): boolean {
  return digest === undefined && tag === defaultTag;
}

function splitHost(text: string): { host: string; rest: string } {
  const slash = text.indexOf("/");
  const first = slash < 0 ? "" : text.slice(0, slash);
  const isHost = first.includes(".") || first.includes(":") || first.toLowerCase() === "localhost";
  return isHost ? { host: first, rest: text.slice(slash + 1) } : { host: dockerHub, rest: text };
}

function portOf(host: string): number {
  const port = /:(\d+)$/.exec(host)?.[1];
  return port === undefined ? 0 : Number(port);
}
