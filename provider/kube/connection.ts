/**
 * Where a Kubernetes API is and how to prove who asks. A Connection is made from a kubeconfig (kubeconfig.ts) or given
 * directly by a composition root that already has the address, the CA and a token.
 */
import type { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";

export interface RequestCredentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: HttpAgent | HttpsAgent;
}

export interface Connection {
  /** Base URL without a trailing slash. */
  readonly server: string;
  /** Namespace used when an object names none. */
  readonly namespace: string;
  /** What a person calls this connection: the kubeconfig context's name. */
  readonly context: string;
  /** Called for every request, so that short-lived credentials can be renewed. */
  credentials(): Promise<RequestCredentials>;
  /** Closes idle sockets. */
  close(): void;
}

export interface DirectConnectionOptions {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
  readonly namespace?: string;
  readonly context?: string;
}

/** A connection with one bearer token and one trusted CA. */
export function directConnection(options: DirectConnectionOptions): Connection {
  const agent = new HttpsAgent({ ca: options.ca, keepAlive: true });
  const headers = { authorization: `Bearer ${options.token}` };
  return {
    server: options.server.replace(/\/+$/, ""),
    namespace: options.namespace ?? "default",
    context: options.context ?? options.server,
    credentials: async () => ({ headers, agent }),
    close: () => agent.destroy(),
  };
}
