/**
 * The kubeconfig of one engine: how kubectl and every other client finds it. Owns the document and the way it reaches
 * the disk: whole or not at all, and readable by its owner alone.
 */
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { stringify } from "yaml";

export const contextName = "kubevirt-local";

export interface KubeconfigOptions {
  readonly server: string;
  /** PEM text of the certificate authority. */
  readonly ca: string;
  readonly token: string;
  readonly namespace?: string;
}

export function renderKubeconfig({ server, ca, token, namespace = "default" }: KubeconfigOptions): string {
  const name = contextName;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    "current-context": name,
  });
}

/** Writes beside the target and renames, so that no reader ever sees half of it. Mode 0600. */
export async function writeKubeconfig(path: string, options: KubeconfigOptions): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(renderKubeconfig(options));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
