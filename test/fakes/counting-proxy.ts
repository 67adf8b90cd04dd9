/** A plain HTTP server in front of an API that passes everything on, and counts the requests by verb and collection. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Agent, request as httpsRequest } from "node:https";

export interface Upstream {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

const verbs = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" } as const;

/** `/apis/GROUP/VERSION/…` or `/api/VERSION/…`, perhaps in a namespace: the collection, and whether one object is meant. */
const collectionPath = /^\/(?:apis\/[^/]+|api)\/[^/]+\/(?:namespaces\/[^/]+\/)?([^/?]+)(\/[^/?]+)?/;

export class CountingProxy {
  readonly #server: Server;
  readonly #agent: Agent;
  readonly #upstream: Upstream;
  #counts = new Map<string, number>();

  static async open(upstream: Upstream): Promise<CountingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new CountingProxy(server, upstream);
  }

  private constructor(server: Server, upstream: Upstream) {
    this.#server = server;
    this.#upstream = upstream;
    this.#agent = new Agent({ ca: upstream.ca, keepAlive: true });
    server.on("request", (request: IncomingMessage, response: ServerResponse) => this.#pass(request, response));
  }

  /** A kubeconfig for who is to be counted. */
  get kubeconfig(): string {
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const server = `http://127.0.0.1:${port}`;
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "counted", cluster: { server, "insecure-skip-tls-verify": true } }],
      users: [{ name: "counted", user: {} }],
      contexts: [{ name: "counted", context: { cluster: "counted", user: "counted" } }],
      "current-context": "counted",
    });
  }

  /** Requests since the last time: `list virtualmachines` → how many. */
  take(): Readonly<Record<string, number>> {
    const counts = Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
    this.#counts = new Map();
    return counts;
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", this.#upstream.server);
    const what = describe(request.method ?? "GET", url);
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
    const { host: _host, ...headers } = request.headers;
    const onward = httpsRequest(
      url,
      {
        method: request.method,
        headers: { ...headers, authorization: `Bearer ${this.#upstream.token}` },
        agent: this.#agent,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        // A watch is open before it has anything to tell.
        response.flushHeaders();
        answer.pipe(response);
        answer.once("error", () => response.destroy());
      },
    );
    onward.once("error", () => response.destroy());
    response.once("close", () => onward.destroy());
    request.pipe(onward);
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function describe(method: string, url: URL): string {
  const [, collection = url.pathname, name] = collectionPath.exec(url.pathname) ?? [];
  const reading = () => (name !== undefined ? "get" : url.searchParams.has("watch") ? "watch" : "list");
  const verb = method === "GET" ? reading() : (verbs[method as keyof typeof verbs] ?? method.toLowerCase());
  return `${verb} ${collection}`;
}
