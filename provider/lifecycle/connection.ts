/**
 * The connection of this process, made once per set of settings: the stack config `kubevirt:kubeconfig`,
 * `kubevirt:context` and `kubevirt:namespace`, else what kubectl would use; and the folder, `kubevirt:renderTo`, of a stack that
 * has none.
 */
import { KubeClient } from "../kube/client";
import { loadConnection } from "../kube/kubeconfig";

/** What the dynamic provider protocol hands to `configure`. */
export interface StackConfig {
  get(key: string): string | undefined;
}

export interface ConnectionSettings {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
}

export interface StackSettings extends ConnectionSettings {
  /** Folder to write objects to instead of deploying them, relative to the program's. */
  readonly renderTo?: string | undefined;
}

export const fieldManager = "pulumi-kubevirt";

export function settingsFrom(config: StackConfig): StackSettings {
  const get = (key: string) => {
    const value = config.get(`kubevirt:${key}`);
    return value === undefined || value === "" ? undefined : value;
  };
  return {
    kubeconfig: get("kubeconfig"),
    context: get("context"),
    namespace: get("namespace"),
    renderTo: get("renderTo"),
  };
}

export type ClientFactory = () => Promise<KubeClient>;

/** A factory that connects on first use and keeps the client; a failure is not kept. */
export function clientFactory(settings: ConnectionSettings): ClientFactory {
  let client: Promise<KubeClient> | undefined;
  return () => {
    client ??= loadConnection(settings).then(
      (connection) => new KubeClient(connection, { fieldManager }),
      (error: unknown) => {
        client = undefined;
        throw error;
      },
    );
    return client;
  };
}
