/** How this engine speaks to container registries. */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { RegistryClient } from "../../agent/oci";
import { RegistryDisks } from "../../agent/volumes";
import type { Logger } from "../../runtime/log";
import { StateDirectoryError } from "./state-directory";

export interface RegistryOptions {
  /** Registries (`host` or `host:port`) that may be spoken to without TLS. Those of this machine always may. */
  readonly insecure: readonly string[];
  /** Files with certificates in PEM that are trusted besides the usual ones. */
  readonly authorityFiles: readonly string[];
}

/** libvirt's name of an architecture → the one that images use. */
const architectures: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

export async function openRegistryDisks(
  options: Partial<RegistryOptions> & { readonly root: string; readonly arch: string; readonly log: Logger },
): Promise<RegistryDisks> {
  const { root, arch, log, insecure = [], authorityFiles = [] } = options;
  const authorities = await Promise.all(authorityFiles.map(readAuthority));
  const client = new RegistryClient({ architecture: architectures[arch] ?? arch, insecure, authorities });
  return new RegistryDisks({ root, client, log: log.child({ part: "registry" }) });
}

async function readAuthority(file: string): Promise<string> {
  try {
    const text = await readFile(file, "utf8");
    // Throws for what is no certificate; TLS would pass over it in silence.
    void new X509Certificate(text);
    return text;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StateDirectoryError(`--registry-ca ${file} holds no certificate in PEM that can be read: ${why}`, {
      cause,
    });
  }
}
