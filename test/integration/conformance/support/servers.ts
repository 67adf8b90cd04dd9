/**
 * The two servers that are compared, each started once: the local one on a store of its own, and a real Kubernetes API
 * server with the project's definitions, which may be that of a whole cluster. Neither has a controller or an agent of ours.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "../../../../provider/kube/connection";
import { loadConnection } from "../../../../provider/kube/kubeconfig";
import { startEngine } from "../../apiserver/support/child";
import { kubectlFor } from "../../apiserver/support/kubectl";
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

/** A Kubernetes API server, and a directory that is there until it stops. */
export interface Peer {
  readonly kubeconfig: string;
  readonly directory: string;
  stop(): Promise<void>;
}

export async function startServers(startPeer: () => Promise<Peer>): Promise<Servers> {
  const directory = mkdtempSync(join(tmpdir(), "conformance-"));
  const [engine, controlPlane] = await Promise.allSettled([startEngine(directory), startPeer()]);
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

async function connected(side: Side, kubeconfig: string, directory: string): Promise<Server> {
  return { side, kubeconfig, directory, connection: await loadConnection({ kubeconfig, env: {} }) };
}
