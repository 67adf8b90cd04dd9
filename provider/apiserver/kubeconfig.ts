/**
 * The kubeconfig of one engine: how kubectl and every other client finds it. Owns the document and the way it reaches
 * the disk: whole or not at all, and readable by its owner alone.
 */
import { stringify } from "yaml";
import { writeTextWhole } from "../runtime/whole-file";

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

/** Whole or not at all, with mode 0600. */
export function writeKubeconfig(path: string, options: KubeconfigOptions): Promise<void> {
  return writeTextWhole(path, renderKubeconfig(options));
}
