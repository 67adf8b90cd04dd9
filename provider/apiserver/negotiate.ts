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

const jsonTypes = new Set(["application/json", "application/*", "*/*", "text/html", "text/plain"]);
const yamlTypes = new Set(["application/yaml", "application/x-yaml"]);

const offeredKinds = new Set([
  "Table meta.k8s.io/v1",
  "PartialObjectMetadata meta.k8s.io/v1",
  "PartialObjectMetadataList meta.k8s.io/v1",
  "APIGroupDiscoveryList apidiscovery.k8s.io/v2",
]);

/** @throws ApiError 406 */
export function negotiate(header: string | undefined): Accepted {
  const entries = (header ?? "").split(",").filter((entry) => entry.trim() !== "");
  if (entries.length === 0) return { format: "json" };
  for (const entry of entries) {
    const accepted = parseEntry(entry);
    if (accepted !== undefined) return accepted;
  }
  const supported = "application/json, application/yaml";
  throw new ApiError(406, "NotAcceptable", `only the following media types are accepted: ${supported}`);
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
