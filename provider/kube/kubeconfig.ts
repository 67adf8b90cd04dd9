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
import type { KubeConfig, User } from "@kubernetes/client-node";
import type { Connection } from "./connection";
import { KubeconfigError } from "./errors";
import { type OidcConfig, OidcToken } from "./oidc";

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
  const source = readInto(config, options, () => new KubeConfig());

  if (options.context !== undefined) {
    const known = config.getContexts().map((context) => context.name);
    if (!known.includes(options.context)) {
      throw new KubeconfigError(
        `${source} has no context ${JSON.stringify(options.context)} (contexts: ${known.join(", ") || "none"}); set kubevirt:context to one of them`,
      );
    }
    config.setCurrentContext(options.context);
  }
  const current = config.getContextObject(config.getCurrentContext());
  const cluster = config.getCurrentCluster();
  if (current !== null && cluster === null) {
    throw new KubeconfigError(
      `${source}: context ${JSON.stringify(current.name)} is of cluster ${JSON.stringify(current.cluster)}, which is not in it; mend the file or set kubevirt:context to another context`,
    );
  }
  if (cluster === null) {
    throw new KubeconfigError(
      `${source} names no current context; choose one with "kubectl config use-context NAME" or set kubevirt:context`,
    );
  }
  const server = cluster.server.replace(/\/+$/, "");
  const agents = new Map<string, HttpAgent | HttpsAgent>();
  const user = config.getCurrentUser();
  const oidc = user === null ? undefined : oidcOf(user);

  return {
    server,
    namespace: options.namespace ?? current?.namespace ?? "default",
    context: config.getCurrentContext(),
    credentials: async () => {
      const request: RequestOptions = {};
      try {
        await config.applyToHTTPSOptions(request);
      } catch (cause) {
        throw new KubeconfigError(
          `${source}: the credentials of context ${JSON.stringify(config.getCurrentContext())} cannot be had: ${textOf(cause).trim()}`,
          { cause },
        );
      }
      const headers = plainHeaders(request);
      if (oidc !== undefined) headers.authorization = `Bearer ${await oidc.token()}`;
      return { headers, agent: reusableAgent(request, { server, agents }) };
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

/** Takes the sign-in by OpenID Connect over from client-node, which would fail at it. */
function oidcOf(user: User): OidcToken | undefined {
  const given: unknown = user.authProvider;
  if (typeof given !== "object" || given === null || Reflect.get(given, "name") !== "oidc") return undefined;
  Object.assign(user, { authProvider: undefined });
  return new OidcToken(Object(Reflect.get(given, "config")) as OidcConfig);
}

/** Reads what the options or the environment name into `config`, and says in words what that was. */
function readInto(config: KubeConfig, options: KubeconfigOptions, empty: () => KubeConfig): string {
  const env = options.env ?? process.env;
  const given = options.kubeconfig;
  if (given !== undefined && looksLikeDocument(given)) {
    const source = "the kubeconfig given as kubevirt:kubeconfig";
    readOrExplain(source, () => config.loadFromString(given));
    return source;
  }
  if (given !== undefined) {
    const source = `the kubeconfig ${given}`;
    readOrExplain(source, () => config.loadFromFile(given.replace(/^~(?=\/)/, env.HOME ?? homedir())));
    return source;
  }
  const files = (env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  const candidates = files.length > 0 ? files : [join(env.HOME ?? homedir(), ".kube", "config")];
  const present = candidates.filter((file) => existsSync(file));
  if (present.length === 0) {
    throw new KubeconfigError(
      `there is no kubeconfig (looked for ${candidates.join(", ")}); start the local engine with "virtctl local start" and follow what it prints, or set KUBECONFIG or the stack config kubevirt:kubeconfig`,
    );
  }
  for (const file of present) {
    const one = empty();
    readOrExplain(`the kubeconfig ${file}`, () => one.loadFromFile(file));
    addMissing(config, one);
  }
  return `the kubeconfig ${present.join(delimiter)}`;
}

/** As kubectl merges: of several entries of one name, and of several current contexts, the first file's counts. */
function addMissing(config: KubeConfig, more: KubeConfig): void {
  for (const cluster of more.getClusters()) if (config.getCluster(cluster.name) === null) config.addCluster(cluster);
  for (const user of more.getUsers()) if (config.getUser(user.name) === null) config.addUser(user);
  for (const context of more.getContexts()) {
    if (config.getContextObject(context.name) === null) config.addContext(context);
  }
  if (!config.getCurrentContext() && more.getCurrentContext()) config.setCurrentContext(more.getCurrentContext());
}

function readOrExplain(source: string, read: () => void): void {
  try {
    read();
  } catch (cause) {
    // The reader looks into the document without checking that it is one.
    // After its first line, the reader's message shows the place in the document, and what secrets are there.
    const reason = cause instanceof TypeError ? "it is not a kubeconfig document" : textOf(cause).split("\n")[0];
    throw new KubeconfigError(`${source} cannot be read: ${reason}`, { cause });
  }
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

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
  kept: { server: string; agents: Map<string, HttpAgent | HttpsAgent> },
): HttpAgent | HttpsAgent {
  const given = request.agent;
  if (kept.server.startsWith("http:")) {
    if (given instanceof HttpAgent && given.constructor !== HttpAgent) return given;
    const plain = kept.agents.get("http") ?? new HttpAgent({ keepAlive: true });
    kept.agents.set("http", plain);
    return plain;
  }
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
