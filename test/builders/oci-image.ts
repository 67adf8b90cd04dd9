/** Container images for tests: layers, configuration and manifest, each of which a test may replace by something hostile. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { buildTar } from "./tar.ts";

export interface BuiltBlob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface BuiltImage {
  readonly blobs: readonly BuiltBlob[];
  readonly manifest: Buffer;
  readonly mediaType: string;
  readonly digest: string;
}

export const ociManifest = "application/vnd.oci.image.manifest.v1+json";
export const ociIndex = "application/vnd.oci.image.index.v1+json";

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

export interface ImageParts {
  /** The lowest first, as they are sent. */
  readonly layers: readonly Buffer[];
  readonly layerType?: string;
  readonly architecture?: string;
  /** Changes the manifest before it is printed. */
  readonly edit?: (manifest: Record<string, unknown>) => object;
  readonly docker?: boolean;
}

export function buildImage(parts: ImageParts): BuiltImage {
  const { layers, architecture = "amd64", docker = false, edit = (manifest) => manifest } = parts;
  const config = Buffer.from(
    JSON.stringify({ os: "linux", architecture, rootfs: { type: "layers", diff_ids: layers.map(digestOf) } }),
  );
  const mediaType = docker ? "application/vnd.docker.distribution.manifest.v2+json" : ociManifest;
  const layerType = docker
    ? "application/vnd.docker.image.rootfs.diff.tar.gzip"
    : (parts.layerType ?? "application/vnd.oci.image.layer.v1.tar+gzip");
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: describe(
      config,
      docker ? "application/vnd.docker.container.image.v1+json" : "application/vnd.oci.image.config.v1+json",
    ),
    layers: layers.map((layer) => describe(layer, layerType)),
  };
  const bytes = Buffer.from(JSON.stringify(edit(manifest)));
  return {
    blobs: [config, ...layers].map((blob) => ({ digest: digestOf(blob), bytes: blob })),
    manifest: bytes,
    mediaType,
    digest: digestOf(bytes),
  };
}

/** An image with one file at `/disk/<name>`. */
export function buildDiskImage(disk: Buffer, name = "disk.img"): BuiltImage {
  return buildImage({ layers: [gzipSync(buildTar({ name: `disk/${name}`, content: disk }))] });
}

export interface IndexedImage {
  readonly image: BuiltImage;
  readonly os?: string;
  readonly architecture: string;
  readonly variant?: string;
}

export function buildIndex(images: readonly IndexedImage[]): { manifest: Buffer; mediaType: string; digest: string } {
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: images.map(({ image, os = "linux", architecture, variant }) => ({
        ...describe(image.manifest, image.mediaType),
        platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
      })),
    }),
  );
  return { manifest, mediaType: ociIndex, digest: digestOf(manifest) };
}

function describe(bytes: Buffer, mediaType: string): object {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}
