/** The ways to guests of an API server that leads to them itself, as the local engine's does. */
import type { Readable } from "node:stream";
import { createWebSocketStream } from "ws";
import type { KubeClient } from "../../kube/client";
import { openWebSocket } from "../../kube/web-socket";
import { guestPath, openText } from "../../lifecycle/guest-log";
import { type GuestLine, type GuestWays, type LogQuery, logCall, logQuery, openTimeoutMs } from "./guest-ways";
import type { MachineAddress } from "./machine-target";

/** What a WebSocket that ends without a close frame is said to have ended with (RFC 6455, 7.1.5). */
const abnormalClosure = 1006;

export class ServerWays implements GuestWays {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  openConsole(machine: MachineAddress, mode: "ifFree" | "takeOver"): Promise<GuestLine> {
    return this.#open(guestPath(machine, "console"), { force: mode === "takeOver" ? "true" : undefined });
  }

  openScreen(machine: MachineAddress): Promise<GuestLine> {
    return this.#open(guestPath(machine, "vnc"), {});
  }

  async openLog(machine: MachineAddress, log: LogQuery): Promise<Readable> {
    return openText(this.#client, { path: guestPath(machine, "log"), query: logQuery(log), ...logCall(log) });
  }

  async #open(path: string, query: Readonly<Record<string, string | undefined>>): Promise<GuestLine> {
    const socket = await openWebSocket(this.#client.connection, { path, query, timeoutMs: openTimeoutMs });
    let reason = "";
    socket.on("close", (code, words) => {
      reason = code === abnormalClosure ? "the connection to the API server was cut" : words.toString("utf8");
    });
    return { stream: createWebSocketStream(socket), reason: () => reason };
  }
}
