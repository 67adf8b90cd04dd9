/**
 * A program that is run in a container of a pod, as a stream: what is written to it is its standard input, what is read
 * from it its standard output. Speaks Kubernetes' channels over a WebSocket, `v5.channel.k8s.io`, and `v4` with servers
 * older than 1.30, in which each message begins with the number of its channel.
 */
import { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { isObject } from "../core/json-tree";
import type { Connection } from "./connection";
import { UnreachableError } from "./errors";
import { coreResources, resourcePath } from "./resource";
import { openWebSocket, watchOver } from "./web-socket";

export interface ExecCall {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  /** Milliseconds that the opening may take. */
  readonly timeoutMs: number;
}

/** The program could not be run, or has ended with another code than 0. */
export class ExecError extends Error {
  /** What it has printed on its standard error, if it was not long. */
  readonly said: string;

  constructor(message: string, options: ErrorOptions & { readonly said: string }) {
    super(message, options);
    this.name = "ExecError";
    this.said = options.said;
  }
}

const newest = "v5.channel.k8s.io";
const protocols = [newest, "v4.channel.k8s.io"];
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;
/** Bytes of its standard error that are kept. */
const mostSaid = 4096;

/**
 * Resolves when the line is open, which says nothing about the program yet: the stream ends with it when its code is 0, is
 * destroyed with an ExecError otherwise, and with an UnreachableError when the line is cut. Destroy it to leave: the
 * program finds its input ended. Throws as openWebSocket does.
 */
export async function openExec(connection: Connection, call: ExecCall): Promise<Duplex> {
  const { namespace, pod, container, command, timeoutMs } = call;
  const socket = await openWebSocket(connection, {
    path: resourcePath(coreResources.pods, { namespace, name: pod, subresource: "exec" }),
    query: { container, command, stdin: "true", stdout: "true", stderr: "true" },
    protocols,
    timeoutMs,
  });
  watchOver(socket);
  return new ExecStream(socket, connection.server);
}

class ExecStream extends Duplex {
  readonly #socket: WebSocket;
  #said = "";
  #hasEnded = false;

  constructor(socket: WebSocket, server: string) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.on("message", (message: Buffer) => this.#take(message));
    socket.on("error", (error) => this.destroy(error));
    socket.once("close", (_code, reason) => {
      if (this.#hasEnded) return;
      const words = reason.toString("utf8") || "the connection was cut";
      this.destroy(new UnreachableError(server, new Error(words)));
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#hasEnded) done();
    else this.#socket.send(Buffer.concat([Buffer.of(channel.stdin), chunk]), done);
  }

  /** In v4 nothing can be said of an end. */
  override _final(done: (error?: Error | null) => void): void {
    if (this.#socket.protocol !== newest || this.#hasEnded) done();
    else this.#socket.send(Buffer.of(channel.close, channel.stdin), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#hasEnded = true;
    this.#socket.terminate();
    done(error);
  }

  #take(message: Buffer): void {
    const content = message.subarray(1);
    switch (message[0]) {
      case channel.stdout:
        if (content.length > 0 && !this.push(content)) this.#socket.pause();
        return;
      case channel.stderr:
        this.#said = (this.#said + content.toString("utf8")).slice(0, mostSaid);
        return;
      case channel.status:
        if (content.length > 0) this.#end(content.toString("utf8"));
        return;
      default:
        // A channel that was not asked for.
        return;
    }
  }

  #end(text: string): void {
    this.#hasEnded = true;
    const status = parseStatus(text);
    if (status.isSuccess) this.push(null);
    else this.destroy(new ExecError(status.message, { said: this.#said.trim() }));
  }
}

function parseStatus(text: string): { isSuccess: boolean; message: string } {
  try {
    const status: unknown = JSON.parse(text);
    if (isObject(status) && status.status === "Success") return { isSuccess: true, message: "" };
    return {
      isSuccess: false,
      message: isObject(status) && typeof status.message === "string" ? status.message : text,
    };
  } catch (error) {
    if (error instanceof SyntaxError) return { isSuccess: false, message: text };
    throw error;
  }
}
