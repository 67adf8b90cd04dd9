/**
 * Answers requests that lead to a guest: finds the machine, asks whoever runs it for the stream, and joins both. Owns
 * what a WebSocket needs beyond the stream: refusals before the upgrade, and signs of life.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import { group, version } from "../../api/v1alpha1/kinds";
import { watchOver } from "../../kube/web-socket";
import { hasCode } from "../../runtime/error-code";
import type { Identity } from "../auth";
import type { ServerContext } from "../context";
import { readObject } from "../object-storage";
import { ApiError, badRequest, unknownPath } from "../status";
import { parseCount, parseFlag } from "../verbs/options";
import { type GuestMachine, type GuestPath, type GuestStream, type GuestStreams, guestGroup } from "./guest-streams";

/** Largest message of a client, in bytes, and how much may wait in each direction. */
const largestMessage = 1024 * 1024;
const bufferedBytes = 64 * 1024;
/** Clients of other servers of these kinds ask for this; the frames are the same. */
const plainProtocol = "plain.kubevirt.io";
const closeCode = { done: 1000, serverFault: 1011 } as const;

export interface GuestRequest {
  readonly path: GuestPath;
  readonly query: URLSearchParams;
  readonly identity: Identity;
}

export class GuestRequests {
  readonly #context: ServerContext;
  readonly #guests: GuestStreams;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: largestMessage,
    handleProtocols: (offered) => (offered.has(plainProtocol) ? plainProtocol : false),
  });

  constructor(context: ServerContext, guests: GuestStreams) {
    this.#context = context;
    this.#guests = guests;
  }

  /** A request without an upgrade: the log. @throws ApiError */
  async answer(request: GuestRequest, response: ServerResponse): Promise<void> {
    const { path, query } = request;
    if (path.subresource !== "log") throw badRequest(`${path.subresource} is a WebSocket: the request asks for none`);
    const options = { tailLines: parseCount(query, "tailLines"), follow: parseFlag(query, "follow") };
    const text = granted(await this.#guests.openLog(this.#machine(path), options));
    this.#note(request);
    await sendText(text, response);
  }

  /** A request for a WebSocket. Resolves when the socket is open; until then the connection is the caller's. @throws ApiError */
  async upgrade(request: GuestRequest, message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const guest = granted(await this.#open(request));
    guest.on("error", (error) => this.#context.log.debug({ err: error, ...request.path }, "guest stream failed"));
    if (socket.destroyed) {
      guest.destroy();
      return;
    }
    socket.once("close", () => guest.destroy());
    this.#note(request);
    this.#sockets.handleUpgrade(message, socket, head, (client) => join(client, guest));
  }

  #open({ path, query }: GuestRequest): Promise<GuestStream<Duplex>> {
    const machine = this.#machine(path);
    switch (path.subresource) {
      case "console":
        return this.#guests.openConsole(machine, parseFlag(query, "force") ? "takeOver" : "ifFree");
      case "vnc":
        return this.#guests.openScreen(machine);
      case "log":
        throw badRequest("log is no WebSocket: ask for it without an upgrade");
    }
  }

  #machine({ namespace, name }: GuestPath): GuestMachine {
    const definition = this.#context.registry.find(group, version, guestGroup.plural);
    if (definition === undefined) throw unknownPath();
    const { object } = readObject(this.#context.store, definition, { namespace, name });
    return { namespace, name, uid: object.metadata.uid ?? "" };
  }

  #note({ path, identity }: GuestRequest): void {
    this.#context.log.info({ ...path, user: identity.user }, "guest stream opened");
  }
}

/** @throws ApiError when there is none */
function granted<Stream>(answer: GuestStream<Stream>): Stream {
  if (answer.open) return answer.stream;
  if (answer.reason === "unavailable") throw new ApiError(503, "ServiceUnavailable", answer.message);
  throw new ApiError(409, "Conflict", answer.message);
}

async function sendText(text: Readable, response: ServerResponse): Promise<void> {
  response.writeHead(200, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-cache, private",
    "x-content-type-options": "nosniff",
  });
  response.flushHeaders();
  try {
    await pipeline(text, response);
  } catch (error) {
    // The reader has left.
    if (!hasCode(error, "ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "EPIPE")) throw error;
  }
}

function join(client: WebSocket, guest: Duplex): void {
  const line = createWebSocketStream(client, { highWaterMark: bufferedBytes });
  line.on("error", () => guest.destroy());
  line.pipe(guest, { end: false });
  guest.pipe(line, { end: false });
  guest.once("end", () => client.close(closeCode.done));
  guest.once("error", (error) => client.close(closeCode.serverFault, bounded(error.message)));
  guest.once("close", () => client.close(closeCode.done));
  client.once("close", () => guest.destroy());
  watchOver(client);
}

/** The reason of a close frame has 123 bytes at most. */
function bounded(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 120);
}
