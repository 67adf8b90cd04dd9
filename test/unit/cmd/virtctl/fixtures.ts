/** Manifests in a temporary folder for the tests of virtctl's commands. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

export class ManifestFolder {
  readonly path = mkdtempSync(join(tmpdir(), "virtctl-"));

  constructor() {
    afterAll(() => rmSync(this.path, { recursive: true }));
  }

  /** Writes a file and returns its path. */
  put(name: string, text: string): string {
    const file = join(this.path, name);
    writeFileSync(file, text);
    return file;
  }

  /** The text without the folder's path, so that it reads the same wherever the folder is. */
  short(text: string): string {
    return text.replaceAll(`${this.path}/`, "");
  }
}

export const machine = `apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachine
metadata: {name: web, labels: {size: small}}
spec:
  domain:
    resources: {requests: {memory: 64Mi}}
    devices:
      disks: [{name: root, volumeName: root}]
  volumes: [{name: root, ephemeral: {persistentVolumeClaim: {claimName: tiny}}}]
`;

export const preset = (
  name: string,
  domain: string,
  selector = "matchLabels: {size: small}",
) => `apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachinePreset
metadata: {name: ${name}}
spec:
  selector: {${selector}}
  domain: ${domain}
`;

export const offlineMachine = `apiVersion: kubevirt.io/v1alpha1
kind: OfflineVirtualMachine
metadata: {name: db, namespace: default}
spec:
  runStrategy: Always
  template:
    metadata: {labels: {size: small}}
    spec:
      domain: {resources: {requests: {memory: 64Mi}}}
`;

export const secret = `apiVersion: v1
kind: Secret
metadata: {name: credentials}
stringData: {userdata: "yes"}
`;

export const together = (...documents: readonly string[]): string => documents.join("---\n");
