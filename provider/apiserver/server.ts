/**
 * The API server's front: the TLS listener, the order in which a request is refused or answered, and its end. Owns no
 * rule about objects; those are the verbs'. Health answers without a token, everything else with one.
 */
import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { hasCode } from "../runtime/error-code";
import type { Store } from "../store/store";
import { Authenticator, type Credential } from "./auth";
import { startBackground } from "./background";
import { bootstrap } from "./bootstrap";
import type { ServerContext, ServerLog } from "./context";
import { PortTakenError } from "./errors";
import type { GuestStreams } from "./guests/guest-streams";
import { RequestHandler } from "./handler";
import type { Registry } from "./registry";
import { defaultRegistry } from "./resources";

export interface ApiServerOptions {
  readonly store: Store;
  /** PEM texts. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly tokens: readonly Credential[];
  /** Defaults to 127.0.0.1. */
  readonly host?: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly log: ServerLog;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly random?: (size: number) => Uint8Array;
  readonly registry?: Registry;
  /** How often a watch that asked for bookmarks gets one; defaults to a minute. */
  readonly bookmarkMs?: number;
  /** The release that /version names. */
  readonly release?: string;
  /** Leads to the guests of this server's machines; without it their consoles, screens and logs are not served. */
  readonly guests?: GuestStreams;
}

export interface ApiServer {
  readonly url: string;
  readonly port: number;
  /** Ends all watches and requests. The store stays open: it is the caller's. */
  close(): Promise<void>;
}

/** Resolves when requests are served. @throws PortTakenError */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, log, host = "127.0.0.1" } = options;
  const context: ServerContext = {
    store,
    log,
    registry: options.registry ?? defaultRegistry(),
    now: options.now ?? Date.now,
    random: options.random ?? randomBytes,
  };
  await bootstrap(context);
  const hosts = new Set<string>();
  const handler = new RequestHandler(context, {
    authenticator: new Authenticator(options.tokens),
    hosts,
    bookmarkMs: options.bookmarkMs ?? 60_000,
    release: options.release ?? "dev",
    guests: options.guests,
  });
  const server = createServer({ key: options.tls.key, cert: options.tls.cert }, (request, response) => {
    void handler.handle(request, response);
  });
  server.on("upgrade", (request, socket, head) => void handler.upgrade(request, socket, head));
  const sockets = openSockets(server);
  const port = await listen(server, host, options.port);
  for (const name of new Set([host, "127.0.0.1", "localhost"])) hosts.add(`${name}:${port}`);
  log.info({ host, port }, "API server listening");
  const background = startBackground(context);
  return {
    url: `https://${host}:${port}`,
    port,
    close: async () => {
      await background.stop();
      await close(server, sockets);
    },
  };
}

/** Also those that are still shaking hands, of which the HTTP server does not know yet. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const taken = hasCode(error, "EADDRINUSE");
      reject(taken ? new PortTakenError(host, port, { cause: error }) : error);
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
  });
}
