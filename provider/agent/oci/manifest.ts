/**
 * Manifests and indexes, of OCI and of Docker's schema 2, from bytes that match their digest to what a pull needs. A
 * document that could be read as two things (manifest and index at once, or typed otherwise than it was sent) is refused,
 * so that two readers of one digest cannot see different images.
 */
import { child, childAt, isObject, items } from "../../core/json-tree";
import { type Digest, parseDigest } from "./digest";
import { OciError, quote } from "./oci-error";

export interface Descriptor {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly mediaType: string;
}

export interface ImageManifest {
  readonly kind: "manifest";
  readonly config: Descriptor;
  /** The lowest first. */
  readonly layers: readonly Descriptor[];
}

export interface ImageIndex {
  readonly kind: "index";
  readonly manifests: readonly PlatformManifest[];
}

export interface PlatformManifest {
  readonly descriptor: Descriptor;
  /** Undefined when the index does not say. */
  readonly platform: { readonly os: string; readonly architecture: string; readonly variant: string } | undefined;
}

export const mediaTypes = {
  manifest: ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"],
  index: ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"],
  config: ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"],
} as const;

/** A layer's compression is told by its content, as other tools do; that it is an archive is told by its type. */
const layerType = /^application\/vnd\.(oci\.image\.layer\.v1\.tar|docker\.image\.rootfs\.diff\.tar)([+.](gzip|zstd))?$/;

export const mostManifestBytes = 4 * 1024 * 1024;
const mostLayers = 500;
const mostPlatforms = 1000;

/** `mediaType` is the answer's Content-Type without parameters. */
export function parseManifest(bytes: Uint8Array, mediaType: string): ImageManifest | ImageIndex {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new OciError("the image's manifest is not JSON", { reason: "Refused", cause });
  }
  const declared = child(document, "mediaType");
  if (typeof declared === "string" && declared !== mediaType) {
    throw refused(`is typed ${quote(declared)} inside and ${quote(mediaType)} outside`);
  }
  const isIndex = includes(mediaTypes.index, mediaType);
  if (!isIndex && !includes(mediaTypes.manifest, mediaType)) {
    const old = mediaType.includes("manifest.v1") ? "; push the image again with a newer tool" : "";
    throw refused(`is of the type ${quote(mediaType)}, which is not known here${old}`);
  }
  if (child(document, "schemaVersion") !== 2) throw refused("is not of schema version 2");
  const foreign = (isIndex ? ["layers", "config", "fsLayers"] : ["manifests", "fsLayers"]).find(
    (key) => child(document, key) !== undefined,
  );
  if (foreign !== undefined) throw refused(`has "${foreign}", which ${isIndex ? "an index" : "a manifest"} has not`);
  return isIndex ? readIndex(document) : readManifest(document);
}

function readManifest(document: unknown): ImageManifest {
  const config = readDescriptor(child(document, "config"), "config");
  if (!includes(mediaTypes.config, config.mediaType)) {
    throw refused(`holds ${quote(config.mediaType)}, not a container image; pack the disk into an image`);
  }
  const layers = items(child(document, "layers")).map((layer, index) => readDescriptor(layer, `layers[${index}]`));
  if (layers.length === 0 || layers.length > mostLayers) {
    throw refused(`has ${layers.length} layers; 1 to ${mostLayers} are allowed`);
  }
  const strange = layers.find((layer) => !layerType.test(layer.mediaType));
  if (strange !== undefined) {
    throw refused(
      `has a layer of the type ${quote(strange.mediaType)}; tar archives, plain or with gzip or zstd, are taken`,
    );
  }
  return { kind: "manifest", config, layers };
}

function readIndex(document: unknown): ImageIndex {
  const manifests = items(child(document, "manifests"));
  if (manifests.length === 0 || manifests.length > mostPlatforms) {
    throw refused(`is an index of ${manifests.length} images; 1 to ${mostPlatforms} are allowed`);
  }
  return {
    kind: "index",
    manifests: manifests.map((entry, index) => {
      const platform = child(entry, "platform");
      const text = (name: string) => String(child(platform, name) ?? "");
      return {
        descriptor: readDescriptor(entry, `manifests[${index}]`),
        platform: isObject(platform)
          ? { os: text("os"), architecture: text("architecture"), variant: text("variant") }
          : undefined,
      };
    }),
  };
}

/** The image of this platform; the plain one before those of a variant. The only image of an index may be silent. */
export function choosePlatform({ manifests }: ImageIndex, architecture: string): Descriptor {
  const fitting = manifests
    .filter(({ platform }) => platform?.os === "linux" && platform.architecture === architecture)
    .sort((a, b) => Number(a.platform?.variant !== "") - Number(b.platform?.variant !== ""));
  const [only, ...others] = manifests;
  const chosen = fitting[0] ?? (others.length === 0 && only?.platform === undefined ? only : undefined);
  if (chosen === undefined) {
    const offered = manifests.flatMap(({ platform }) =>
      platform === undefined || platform.os === "unknown" ? [] : [`${platform.os}/${platform.architecture}`],
    );
    throw new OciError(
      `the image has none for linux/${architecture} (it has: ${[...new Set(offered)].slice(0, 10).map(quote).join(", ") || "none"})`,
      { reason: "Refused" },
    );
  }
  if (!includes(mediaTypes.manifest, chosen.descriptor.mediaType)) {
    throw refused(`leads for linux/${architecture} to ${quote(chosen.descriptor.mediaType)}, not to a manifest`);
  }
  return chosen.descriptor;
}

/** The config of an image says how many layers it was made with; another number means that one of the two was swapped. */
export function checkConfig(bytes: Uint8Array, { layers }: ImageManifest): void {
  let config: unknown;
  try {
    config = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw new OciError("the image's configuration is not JSON", { reason: "Refused", cause });
  }
  const ids = items(childAt(config, ["rootfs", "diff_ids"]));
  if (ids.length !== layers.length) {
    throw new OciError(
      `the image's manifest has ${layers.length} layers and its configuration ${ids.length}; they do not belong together`,
      { reason: "Refused" },
    );
  }
}

function readDescriptor(value: unknown, place: string): Descriptor {
  const digest = parseDigest(child(value, "digest"));
  const [size, mediaType] = [child(value, "size"), child(value, "mediaType")];
  if (digest === undefined) throw refused(`has no digest of a known kind in ${place}`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) throw refused(`has no size in ${place}`);
  if (typeof mediaType !== "string") throw refused(`has no media type in ${place}`);
  return { digest, size, mediaType };
}

function includes(list: readonly string[], text: string): boolean {
  return list.includes(text);
}

function refused(why: string): OciError {
  return new OciError(`the image's manifest ${why}`, { reason: "Refused" });
}
