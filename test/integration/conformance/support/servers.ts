/**
 * The two servers that are compared, each started once: the local one on a store of its own, and a real Kubernetes API
 * server with the project's definitions. Neither has libvirt, a controller or an agent. With CONFORMANCE_KUBECONFIG it is
 * the API server of a whole cluster that the local one is compared with.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "../../../../provider/kube/connection";
import { loadConnection } from "../../../../provider/kube/kubeconfig";
import { startEngine } from "../../apiserver/support/child";
import { kubectlFor } from "../../apiserver/support/kubectl";
import { startControlPlane } from "../../kubernetes/support/control-plane";
import { installDefinitions } from "../../kubernetes/support/definitions";

export const sides = ["local", "kubernetes"] as const;
export type Side = (typeof sides)[number];

export interface Server {
  readonly side: Side;
  readonly connection: Connection;
  readonly kubeconfig: string;
  /** For what clients cache and write. */
  readonly directory: string;
}

export interface Servers {
  readonly local: Server;
  readonly kubernetes: Server;
  stop(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const directory = mkdtempSync(join(tmpdir(), "conformance-"));
  const given = process.env.CONFORMANCE_KUBECONFIG;
  const peer = given === undefined ? startControlPlane() : existing(given);
  const [engine, controlPlane] = await Promise.allSettled([startEngine(directory), peer]);
  const stop = async () => {
    if (engine.status === "fulfilled") await engine.value.kill();
    if (controlPlane.status === "fulfilled") await controlPlane.value.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    if (engine.status === "rejected") throw engine.reason;
    if (controlPlane.status === "rejected") throw controlPlane.reason;
    await installDefinitions(kubectlFor(controlPlane.value.kubeconfig, controlPlane.value.directory));
    return {
      local: await connected("local", engine.value.kubeconfig, directory),
      kubernetes: await connected("kubernetes", controlPlane.value.kubeconfig, controlPlane.value.directory),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The API server of a cluster that runs already: with its controllers, and what they write. */
async function existing(kubeconfig: string) {
  const directory = mkdtempSync(join(tmpdir(), "conformance-cluster-"));
  return { kubeconfig, directory, stop: async () => rmSync(directory, { recursive: true, force: true }) };
}

async function connected(side: Side, kubeconfig: string, directory: string): Promise<Server> {
  return { side, kubeconfig, directory, connection: await loadConnection({ kubeconfig, env: {} }) };
}
