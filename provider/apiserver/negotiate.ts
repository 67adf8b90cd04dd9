/**
 * Which form of an answer the client wants, from its Accept header. kubectl asks for tables, and for discovery in one
 * piece, through parameters of the JSON media type; the first entry that the server can serve wins.
 */
import { ApiError } from "./status";

export interface Accepted {
  readonly format: "json" | "yaml";
  /** What `as` asks for, with the group and version it names. */
  readonly as?: { readonly kind: string; readonly group: string; readonly version: string };
}

const jsonTypes = new Set(["application/json", "application/*", "*/*"]);
const yamlTypes = new Set(["application/yaml", "application/x-yaml"]);

const offeredKinds = new Set([
  ...["Table", "PartialObjectMetadata", "PartialObjectMetadataList"].flatMap((kind) => [
    `${kind} meta.k8s.io/v1`,
    `${kind} meta.k8s.io/v1beta1`,
  ]),
  "APIGroupDiscoveryList apidiscovery.k8s.io/v2",
]);

/** @throws ApiError 406 */
export function negotiate(header: string | undefined): Accepted {
  return firstAccepted(header, ["json", "yaml"]) ?? refuse("application/json, application/yaml");
}

/** Streams of events are JSON, line by line. @throws ApiError 406 */
export function negotiateStream(header: string | undefined): Accepted {
  return firstAccepted(header, ["json"]) ?? refuse("application/json;stream=watch");
}

function refuse(supported: string): never {
  throw new ApiError(406, "NotAcceptable", `only the following media types are accepted: ${supported}`);
}

/** What a refusal is written in, whatever else was asked for. */
export function refusalFormat(header: string | undefined): Pick<Accepted, "format"> {
  return firstAccepted(header, ["json", "yaml"]) ?? { format: "json" };
}

function firstAccepted(header = "", formats: readonly Accepted["format"][]): Accepted | undefined {
  const entries = header.split(",").filter((entry) => entry.trim() !== "");
  if (entries.length === 0) return { format: "json" };
  for (const entry of entries) {
    const accepted = parseEntry(entry);
    if (accepted !== undefined && formats.includes(accepted.format)) return accepted;
  }
  return undefined;
}

/**
 * Metadata alone comes in a form for one object and in one for lists, which do not stand for each other.
 * @throws ApiError 406
 */
export function requireFit({ as }: Accepted, shape: "object" | "list"): void {
  if (as?.kind === "PartialObjectMetadata" && shape === "list") {
    throw new ApiError(406, "NotAcceptable", "you requested PartialObjectMetadata, but the requested object is a list");
  }
  if (as?.kind === "PartialObjectMetadataList" && shape === "object") {
    throw new ApiError(406, "NotAcceptable", "you requested PartialObjectMetadataList, but the content is not a list");
  }
}

function parseEntry(entry: string): Accepted | undefined {
  const [type = "", ...rest] = entry.split(";").map((part) => part.trim());
  const format = jsonTypes.has(type.toLowerCase()) ? "json" : yamlTypes.has(type.toLowerCase()) ? "yaml" : undefined;
  if (format === undefined) return undefined;
  const parameters = new Map(rest.map((part) => splitOnce(part)));
  const kind = parameters.get("as");
  if (kind === undefined) return { format };
  const group = parameters.get("g") ?? "";
  const version = parameters.get("v") ?? "";
  return offeredKinds.has(`${kind} ${group}/${version}`) ? { format, as: { kind, group, version } } : undefined;
}

function splitOnce(part: string): [string, string] {
  const at = part.indexOf("=");
  return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
}
