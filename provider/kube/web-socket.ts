/** One WebSocket to a Kubernetes API, with the credentials of any other request and the same errors. */
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import type { Connection } from "./connection";
import { UnreachableError } from "./errors";
import { apiError, readText } from "./transport";

export interface WebSocketCall {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds that the opening may take. */
  readonly timeoutMs: number;
}

/** Resolves when it is open. Throws ApiError when the server refuses, UnreachableError when there is no answer. */
export async function openWebSocket(connection: Connection, call: WebSocketCall): Promise<WebSocket> {
  const { headers, agent } = await connection.credentials();
  const url = new URL(connection.server.replace(/^http/, "ws") + call.path);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const socket = new WebSocket(url, {
    headers: { "user-agent": "pulumi-kubevirt", ...headers },
    agent,
    handshakeTimeout: call.timeoutMs,
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("unexpected-response", (_request, response: IncomingMessage) => {
      readText(connection, response)
        .then((text) => reject(apiError(response.statusCode ?? 0, text)), reject)
        .finally(() => socket.terminate());
    });
    socket.on("error", (error) => reject(new UnreachableError(connection.server, error)));
  });
}
