/** One WebSocket to a Kubernetes API, with the credentials of any other request and the same errors. */
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import type { Connection } from "./connection";
import { UnreachableError } from "./errors";
import { apiError, readText } from "./transport";

export interface WebSocketCall {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Subprotocols, the best first. Default: none. */
  readonly protocols?: readonly string[];
  /** Milliseconds that the opening may take. */
  readonly timeoutMs: number;
}

/**
 * Resolves when it is open, and paused: what comes at once waits for whoever is about to listen. Throws ApiError when the
 * server refuses, UnreachableError when there is no answer.
 */
export async function openWebSocket(connection: Connection, call: WebSocketCall): Promise<WebSocket> {
  const { headers, agent } = await connection.credentials();
  const url = new URL(connection.server.replace(/^http/, "ws") + call.path);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    for (const one of value === undefined ? [] : [value].flat()) url.searchParams.append(name, one);
  }
  const socket = new WebSocket(url, [...(call.protocols ?? [])], {
    headers: { "user-agent": "pulumi-kubevirt", ...headers },
    agent,
    handshakeTimeout: call.timeoutMs,
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    socket.once("open", () => {
      socket.pause();
      resolve(socket);
    });
    socket.once("unexpected-response", (_request, response: IncomingMessage) => {
      readText(connection, response)
        .then((text) => reject(apiError(response.statusCode ?? 0, text)), reject)
        .finally(() => socket.terminate());
    });
    socket.on("error", (error) => reject(new UnreachableError(connection.server, error)));
  });
}

/** Pings are also what keeps a line open on which nobody says anything. */
const pingIntervalMs = 15_000;

/** Cuts the line to a peer that has given no sign of life for twice as long. */
export function watchOver(socket: WebSocket): void {
  let alive = true;
  socket.on("pong", () => {
    alive = true;
  });
  const timer = setInterval(() => {
    // Of a peer whose messages wait to be read, answers to pings wait as well.
    if (!alive && !socket.isPaused) {
      socket.terminate();
      return;
    }
    alive = false;
    socket.ping();
  }, pingIntervalMs);
  socket.once("close", () => clearInterval(timer));
}
