/** A plain HTTP server that answers as a test says, and a connection to it. */
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Connection } from "../../provider/kube/connection";

export type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

export class HttpApi {
  /** `GET /path?query` of every request, in order. */
  readonly requests: string[] = [];
  readonly bodies: unknown[] = [];
  answer: Answer = (_request, response) => response.writeHead(500).end();
  readonly connection: Connection;
  readonly #server: Server;
  readonly #agent: Agent;

  static async open(): Promise<HttpApi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new HttpApi(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.#agent = new Agent({ keepAlive: true });
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    this.connection = {
      server: `http://127.0.0.1:${port}`,
      namespace: "default",
      context: "test",
      credentials: async () => ({ headers: { authorization: "Bearer test" }, agent: this.#agent }),
      close: () => this.#agent.destroy(),
    };
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.requests.push(`${request.method} ${request.url}`);
        const text = Buffer.concat(chunks).toString();
        this.bodies.push(text === "" ? undefined : JSON.parse(text));
        this.answer(request, response, new URL(request.url ?? "/", "http://localhost"));
      });
    });
  }

  /** Cuts every open connection, as a dying server does. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function json(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

export function status(code: number, reason: string, message: string, details: object = {}): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code, reason, message, details };
}
