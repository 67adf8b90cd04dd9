/**
 * The connection of a program that runs in a pod: the API's address from the environment, the account's token and the
 * cluster's CA from the files that the kubelet mounts. The token is read again and again, since it is renewed.
 */
import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { systemTicks, type Ticks } from "../runtime/clock";
import type { Connection } from "./connection";
import { KubeconfigError } from "./errors";

export interface InClusterOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Folder with `token`, `ca.crt` and `namespace`. */
  readonly accountFolder?: string;
  readonly ticks?: Ticks;
}

const usualFolder = "/var/run/secrets/kubernetes.io/serviceaccount";
/** Milliseconds after which a token is read again; the kubelet renews it long before it expires. */
const tokenAgeMs = 60_000;

/** Throws KubeconfigError outside of a pod. */
export async function inClusterConnection(options: InClusterOptions = {}): Promise<Connection> {
  const { env = process.env, accountFolder = usualFolder, ticks = systemTicks } = options;
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
  if (host === undefined || host === "") {
    throw new KubeconfigError(
      "KUBERNETES_SERVICE_HOST is not set: this program runs in a pod of a cluster; install it with kubevirt.ControlPlane or virtctl manifests",
    );
  }
  const read = async (file: string): Promise<string> => {
    try {
      return (await readFile(join(accountFolder, file), "utf8")).trim();
    } catch (cause) {
      throw new KubeconfigError(
        `${join(accountFolder, file)} cannot be read: the pod has no service account token; set automountServiceAccountToken`,
        { cause },
      );
    }
  };
  const agent = new Agent({ ca: await read("ca.crt"), keepAlive: true });
  let token = { text: await read("token"), at: ticks() };
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return {
    server,
    namespace: await read("namespace"),
    context: "in-cluster",
    credentials: async () => {
      // One that cannot be read for a moment is no reason to show none: the one at hand is good for much longer.
      const text = ticks() - token.at > tokenAgeMs ? await read("token").catch(() => undefined) : undefined;
      if (text !== undefined) token = { text, at: ticks() };
      return { headers: { authorization: `Bearer ${token.text}` }, agent };
    },
    close: () => agent.destroy(),
  };
}
