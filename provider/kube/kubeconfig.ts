/**
 * The connection that kubectl would use: an explicit kubeconfig (a path, or the document itself), else $KUBECONFIG, else
 * ~/.kube/config. @kubernetes/client-node reads the file and authenticates (tokens, certificates, exec plugins, OIDC); it
 * is loaded on first use because it costs a third of a second, which only programs that need a kubeconfig should pay.
 */
import { existsSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { type AgentOptions, Agent as HttpsAgent, type RequestOptions } from "node:https";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { Connection } from "./connection";
import { KubeconfigError } from "./errors";

export interface KubeconfigOptions {
  /** A file's path, or a whole kubeconfig as YAML or JSON text. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

const looksLikeDocument = (text: string) => /^\s*[{]|(^|\n)\s*(apiVersion|clusters|contexts|users)\s*:/.test(text);

/** Throws KubeconfigError with the file and the remedy when there is nothing to connect to. */
export async function loadConnection(options: KubeconfigOptions = {}): Promise<Connection> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const source = readInto(config, options);

  if (options.context !== undefined) {
    const known = config.getContexts().map((context) => context.name);
    if (!known.includes(options.context)) {
      throw new KubeconfigError(
        `${source} has no context ${JSON.stringify(options.context)} (contexts: ${known.join(", ") || "none"}); set kubevirt:context to one of them`,
      );
    }
    config.setCurrentContext(options.context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new KubeconfigError(
      `${source} names no current context; choose one with "kubectl config use-context NAME" or set kubevirt:context`,
    );
  }
  const context = config.getContextObject(config.getCurrentContext());
  const server = cluster.server.replace(/\/+$/, "");
  const agents = new Map<string, HttpsAgent>();

  return {
    server,
    namespace: options.namespace ?? context?.namespace ?? "default",
    context: config.getCurrentContext(),
    credentials: async () => {
      const request: RequestOptions = {};
      await config.applyToHTTPSOptions(request);
      return { headers: plainHeaders(request), agent: reusableAgent(request, { server, agents }) };
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

/** The part of client-node's KubeConfig that reads; named here so that the package is not loaded for its type. */
interface KubeconfigReader {
  loadFromString(text: string): void;
  loadFromFile(file: string): void;
  loadFromDefault(): void;
}

function readInto(config: KubeconfigReader, options: KubeconfigOptions): string {
  const env = options.env ?? process.env;
  const given = options.kubeconfig;
  try {
    if (given !== undefined && looksLikeDocument(given)) {
      config.loadFromString(given);
      return "the kubeconfig given as kubevirt:kubeconfig";
    }
    if (given !== undefined) {
      config.loadFromFile(given.replace(/^~(?=\/)/, homedir()));
      return `the kubeconfig ${given}`;
    }
    const files = (env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
    const candidates = files.length > 0 ? files : [join(env.HOME ?? homedir(), ".kube", "config")];
    if (!candidates.some((file) => existsSync(file))) {
      throw new KubeconfigError(
        `there is no kubeconfig (looked for ${candidates.join(", ")}); start the local engine with "virtctl local start" and follow what it prints, or set KUBECONFIG or the stack config kubevirt:kubeconfig`,
      );
    }
    if (candidates.length === 1) config.loadFromFile(candidates[0] as string);
    else config.loadFromDefault();
    return `the kubeconfig ${candidates.join(delimiter)}`;
  } catch (error) {
    if (error instanceof KubeconfigError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new KubeconfigError(`the kubeconfig ${given === undefined ? "" : `${given} `}cannot be read: ${reason}`, {
      cause: error,
    });
  }
}

function plainHeaders(request: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (typeof value === "string") headers[name.toLowerCase()] = value;
  }
  if (typeof request.auth === "string")
    headers.authorization ??= `Basic ${Buffer.from(request.auth).toString("base64")}`;
  return headers;
}

/** client-node makes an agent per call; keeping one per set of certificates keeps the TLS session. A proxy's agent is used as it is. */
function reusableAgent(
  request: RequestOptions,
  kept: { server: string; agents: Map<string, HttpsAgent> },
): HttpAgent | HttpsAgent {
  const given = request.agent;
  if (kept.server.startsWith("http:")) return given instanceof HttpAgent ? given : new HttpAgent({ keepAlive: true });
  if (given instanceof HttpsAgent && given.constructor !== HttpsAgent) return given;
  const tls = given instanceof HttpsAgent ? given.options : {};
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = { ...tls, ...definedOnly(request) };
  const identity = JSON.stringify(
    [ca, cert, key, pfx, passphrase, servername, rejectUnauthorized].map((part) => part?.toString()),
  );
  const existing = kept.agents.get(identity);
  if (existing !== undefined) return existing;
  const agent = new HttpsAgent({
    keepAlive: true,
    ...definedOnly({ ca, cert, key, pfx, passphrase, servername, rejectUnauthorized }),
  });
  kept.agents.set(identity, agent);
  return agent;
}

type TlsOptions = Pick<
  AgentOptions,
  "ca" | "cert" | "key" | "pfx" | "passphrase" | "servername" | "rejectUnauthorized"
>;

function definedOnly(options: TlsOptions): TlsOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
