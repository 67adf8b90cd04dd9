/** The two API servers that are measured beside each other, each with a client of the same kind. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServerTls } from "../../provider/apiserver/tls";
import { KubeClient } from "../../provider/kube/client";
import { directConnection } from "../../provider/kube/connection";
import { loadConnection } from "../../provider/kube/kubeconfig";
import { succeed } from "../e2e/support/command.ts";
import { projectRoot } from "../e2e/support/local-engine.ts";
import { kubectlFor } from "../integration/apiserver/support/kubectl";
import { startControlPlane } from "../integration/kubernetes/support/control-plane";
import { established } from "../integration/kubernetes/support/definitions";

export interface Server {
  readonly client: KubeClient;
  readonly pids: readonly number[];
  readonly readyMs: number;
  stop(): Promise<void>;
}

export const peer = "kube-apiserver with etcd";
/** Keys and certificates are there before, as they are for the peer. */
export async function startOurs(): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), "bench-api-"));
  const tls = await createServerTls();
  const token = "bench";
  await writeFile(join(directory, "credentials.json"), JSON.stringify({ tls, token }), { mode: 0o600 });
  const begun = performance.now();
  const flags = ["--disable-warning=ExperimentalWarning", "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"];
  const script = join(projectRoot, "test/bench/api-process.ts");
  const child = spawn(process.execPath, [...flags, script, directory], { stdio: ["ignore", "pipe", "inherit"] });
  const [url] = await once(child.stdout, "data");
  const readyMs = performance.now() - begun;
  const stop = async () => {
    child.kill();
    await once(child, "exit");
    await rm(directory, { recursive: true });
  };
  const connection = directConnection({ server: String(url), ca: tls.ca, token });
  return { client: new KubeClient(connection, { fieldManager: "bench" }), pids: [child.pid ?? 0], readyMs, stop };
}

export async function startPeer(): Promise<Server & { readonly kubeconfig: string }> {
  const { kubeconfig, directory, pids, readyMs, stop } = await startControlPlane();
  const kubectl = (...args: string[]) =>
    succeed("kubectl", args, { env: { ...process.env, KUBECONFIG: kubeconfig, HOME: directory } });
  await kubectl("apply", "--filename", join(projectRoot, "provider/deploy/crds"));
  await established(kubectlFor(kubeconfig, directory), "crds", "--all");
  const client = new KubeClient(await loadConnection({ kubeconfig, env: {} }), { fieldManager: "bench" });
  return { client, pids, readyMs, stop, kubeconfig };
}

/** Requests on their way at the same time. */
export const inFlight = 16;

export async function inParallel(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}
