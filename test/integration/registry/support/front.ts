/**
 * What stands between a node and a registry: passes requests on, and lets a test answer some of them itself, or change the
 * answers. It writes down what it was asked, so that a test can say who saw which credentials.
 */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

/** Answers by itself and says so with true, or leaves the request to the registry. */
export type Answer = (request: SeenRequest, response: ServerResponse) => boolean | Promise<boolean>;

/** Changes the registry's answer. */
export type Change = (request: SeenRequest, body: Buffer) => Buffer;

export class Front {
  readonly host: string;
  readonly seen: SeenRequest[] = [];
  answer: Answer = () => false;
  change: Change = (_request, body) => body;
  readonly #server: Server;

  private constructor(host: string, server: Server) {
    this.host = host;
    this.#server = server;
  }

  /** In front of a registry, or of nothing. */
  static async start(registry?: string): Promise<Front> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const front = new Front(`127.0.0.1:${address.port}`, server);
    server.on("request", (request, response) => void front.#serve(request, response, registry));
    return front;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Requests below a path of the registry's interface, such as "/blobs/". */
  asked(part: string): readonly SeenRequest[] {
    return this.seen.filter(({ path }) => path.includes(part));
  }

  async #serve(request: IncomingMessage, response: ServerResponse, registry: string | undefined): Promise<void> {
    const seen = {
      method: request.method ?? "",
      path: request.url ?? "",
      authorization: request.headers.authorization,
      range: request.headers.range,
    };
    this.seen.push(seen);
    if (await this.answer(seen, response)) return;
    if (registry === undefined) {
      response.writeHead(404).end();
      return;
    }
    const passed = httpRequest(`http://${registry}${seen.path}`, { method: seen.method, headers: request.headers });
    passed.on("response", (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("end", () => {
        const body = this.change(seen, Buffer.concat(pieces));
        const headers = { ...answer.headers };
        if (seen.method !== "HEAD") headers["content-length"] = String(body.length);
        response.writeHead(answer.statusCode ?? 500, headers).end(seen.method === "HEAD" ? undefined : body);
      });
    });
    passed.on("error", () => response.destroy());
    passed.end();
  }
}
