/** An API server with a kubelet behind it, as far as one pod's exec goes; everything else it answers as a test says. */
import { Agent, createServer, type Server } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import type { Connection } from "../../provider/kube/connection";
import { json, status } from "./http-api";

export class FakeKubelet {
  readonly connection: Connection;
  /** Paths that a WebSocket was asked for at. */
  readonly urls: string[] = [];
  /** Messages that have come. */
  readonly received: Buffer[] = [];
  /** Path → object, or the status to refuse with. What is not here is not found. */
  readonly objects = new Map<string, object>();
  /** The first line to a program. */
  readonly line: Promise<WebSocket>;
  readonly #server: Server;
  readonly #agent = new Agent();
  readonly #lines = new Set<WebSocket>();
  #refusal: string | undefined;

  static async open(protocols: readonly string[] = ["v5.channel.k8s.io", "v4.channel.k8s.io"]): Promise<FakeKubelet> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new FakeKubelet(server, protocols);
  }

  private constructor(server: Server, protocols: readonly string[]) {
    this.#server = server;
    const sockets = new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => protocols.find((one) => offered.has(one)) ?? false,
    });
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    this.connection = {
      server: `http://127.0.0.1:${port}`,
      namespace: "default",
      context: "test",
      credentials: async () => ({ headers: {}, agent: this.#agent }),
      close: () => this.#agent.destroy(),
    };
    server.on("request", (request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const found = this.objects.get(pathname);
      if (found === undefined) response.writeHead(404).end("404 page not found\n");
      else json(response, "code" in found && typeof found.code === "number" ? found.code : 200, found);
    });
    this.line = new Promise((resolve) => {
      server.on("upgrade", (request, socket, head) => {
        this.urls.push(request.url ?? "");
        if (this.#refusal !== undefined) {
          const body = JSON.stringify(status(403, "Forbidden", this.#refusal));
          socket.end(`HTTP/1.1 403 Forbidden\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
          return;
        }
        sockets.handleUpgrade(request, socket, head, (line) => {
          this.#lines.add(line);
          line.on("message", (message: Buffer) => this.received.push(message));
          resolve(line);
        });
      });
    });
  }

  refuseExec(message: string): void {
    this.#refusal = message;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    for (const line of this.#lines) line.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
