/**
 * One connection to a libvirt daemon: framing, serial numbers, keepalive, a limit on calls in flight and a time-out for
 * each call. One call of a connection may open a stream, which then has the connection for itself. It knows no procedure
 * but those of the protocol itself, never reconnects, and ends once: every waiting call is rejected and the close listener
 * is told why.
 *
 *   open ──► connected ──► closed        (by close(), by the daemon, by silence, or by a message that makes no sense)
 */
import { createConnection, type Socket } from "node:net";
import { connectFailure } from "./connect-failure";
import { encodeFrame, type Frame, FrameReader } from "./framing";
import { HypervisorError, HypervisorUnavailableError } from "./hypervisor";
import { keepalive, messageStatus, messageType, program } from "./procedures";
import { XdrDecoder, type XdrEncoder, XdrError } from "./xdr";

export interface RpcConnectionOptions {
  readonly socketPath: string;
  /** How long the socket may take to connect. */
  readonly connectTimeoutMs: number;
  /** How long a call may take unless it says otherwise, its wait for a free slot included. */
  readonly callTimeoutMs: number;
  /** A ping goes out this often; three without an answer end the connection. */
  readonly keepaliveMs: number;
}

/** libvirtd stops reading a connection with five unanswered calls (max_client_requests), and with it keepalive. */
const callsInFlight = 4;
const missedPings = 3;

/** Largest payload of one stream packet that every libvirt takes (VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX). */
export const largestStreamPacket = 262_120;

/** What the other side of a stream does. After `end` or `fail` it does nothing more. */
export interface StreamListener {
  data(chunk: Buffer): void;
  end(): void;
  fail(error: Error): void;
}

interface Call {
  readonly stream?: StreamListener | undefined;
  readonly procedure: number;
  readonly payload: Buffer;
  readonly resolve: (reply: XdrDecoder) => void;
  readonly reject: (error: Error) => void;
}

const silent: Pick<Call, "resolve" | "reject"> = { resolve: () => undefined, reject: () => undefined };

function decodeError(payload: Buffer): Error {
  try {
    const decoder = new XdrDecoder(payload);
    const code = decoder.int();
    const domain = decoder.int();
    return new HypervisorError(decoder.optionalString() ?? `libvirt error ${code}`, { code, domain });
  } catch (error) {
    return new HypervisorUnavailableError("libvirt sent an error that cannot be read", { cause: error });
  }
}

function connectSocket(options: RpcConnectionOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(options.socketPath);
    socket.setTimeout(options.connectTimeoutMs, () => {
      socket.destroy(new Error(`no answer within ${options.connectTimeoutMs} ms`));
    });
    socket.once("error", (error) => reject(connectFailure(options.socketPath, error)));
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

export class RpcConnection {
  readonly #options: RpcConnectionOptions;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #waiting: Call[] = [];
  readonly #inFlight = new Map<number, Pick<Call, "resolve" | "reject">>();
  #stream: { readonly serial: number; readonly procedure: number; readonly listener: StreamListener } | undefined;
  #serial = 0;
  #unanswered = 0;
  #keepalive: NodeJS.Timeout | undefined;
  #closed: HypervisorUnavailableError | undefined;
  #onEvent: (procedure: number, body: XdrDecoder) => void = () => undefined;
  #onClose: (reason: HypervisorUnavailableError) => void = () => undefined;

  static async open(options: RpcConnectionOptions): Promise<RpcConnection> {
    return new RpcConnection(options, await connectSocket(options));
  }

  private constructor(options: RpcConnectionOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", (error) => this.#end("failed", error));
    socket.on("close", () => this.#end("was closed by libvirtd"));
  }

  /** Messages that the daemon sends of its own accord. One listener; an XdrError it throws ends the connection. */
  onEvent(listener: (procedure: number, body: XdrDecoder) => void): void {
    this.#onEvent = listener;
  }

  /** Called once, also when the connection has ended already. */
  onClose(listener: (reason: HypervisorUnavailableError) => void): void {
    this.#onClose = listener;
    if (this.#closed !== undefined) {
      listener(this.#closed);
    }
  }

  /** Starts to ping. The daemon must have agreed to the keepalive program before. */
  startKeepalive(): void {
    this.#keepalive ??= setInterval(() => {
      if (this.#unanswered >= missedPings) {
        this.#end(`gave no sign of life for ${(missedPings * this.#options.keepaliveMs) / 1000} s`);
        return;
      }
      this.#unanswered += 1;
      this.#sendKeepalive(keepalive.ping);
    }, this.#options.keepaliveMs);
  }

  /** Throws HypervisorError when libvirt refuses, HypervisorUnavailableError when there is no answer. */
  call(
    procedure: number,
    args?: XdrEncoder,
    options: { timeoutMs?: number; stream?: StreamListener } = {},
  ): Promise<XdrDecoder> {
    if (this.#closed !== undefined) {
      return Promise.reject(this.#closed);
    }
    const timeoutMs = options.timeoutMs ?? this.#options.callTimeoutMs;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#abandon(call);
        reject(new HypervisorUnavailableError(`libvirt did not answer call ${procedure} within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      const call: Call = {
        stream: options.stream,
        procedure,
        payload: args?.bytes() ?? Buffer.alloc(0),
        resolve: (reply) => {
          clearTimeout(timer);
          resolve(reply);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.push(call);
      this.#sendWaiting();
    });
  }

  /** Sends on the stream that a call has opened; `sent` is called when the socket has taken it. */
  sendOnStream(chunk: Buffer, sent: (error?: Error | null) => void): void {
    const stream = this.#stream;
    if (stream === undefined || this.#closed !== undefined) {
      sent(this.#closed ?? new HypervisorUnavailableError("no stream is open on this connection to libvirt"));
      return;
    }
    const header = { program: program.remote, version: 1, procedure: stream.procedure, type: messageType.stream };
    const { serial } = stream;
    this.#socket.write(encodeFrame({ ...header, serial, status: messageStatus.continue }, chunk), sent);
  }

  /** Whether to take what libvirtd sends. For a connection that carries a stream: everything else on it waits as well. */
  setReading(mode: "on" | "off"): void {
    if (mode === "on") this.#socket.resume();
    else this.#socket.pause();
  }

  close(): void {
    this.#end("was closed");
  }

  /** A call that timed out in the queue is dropped; one in flight holds its slot, since libvirtd still works on it. */
  #abandon(call: Call): void {
    const index = this.#waiting.indexOf(call);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
      return;
    }
    for (const [serial, pending] of this.#inFlight) {
      if (pending === call) {
        this.#inFlight.set(serial, silent);
      }
    }
  }

  #sendWaiting(): void {
    while (this.#inFlight.size < callsInFlight) {
      const call = this.#waiting.shift();
      if (call === undefined) {
        return;
      }
      this.#serial = (this.#serial + 1) >>> 0;
      this.#inFlight.set(this.#serial, call);
      if (call.stream !== undefined) {
        // Packets may come with the reply, before whoever waits for it runs again.
        this.#stream = { serial: this.#serial, procedure: call.procedure, listener: call.stream };
      }
      this.#send(program.remote, call.procedure, messageType.call, this.#serial, call.payload);
    }
  }

  #send(target: number, procedure: number, type: number, serial: number, payload: Buffer): void {
    const header = { program: target, version: 1, procedure, type, serial, status: messageStatus.ok };
    this.#socket.write(encodeFrame(header, payload));
  }

  #sendKeepalive(procedure: number): void {
    this.#send(program.keepalive, procedure, messageType.message, 0, Buffer.alloc(0));
  }

  #receive(chunk: Buffer): void {
    if (this.#closed !== undefined) {
      return;
    }
    this.#unanswered = 0;
    try {
      for (const frame of this.#reader.push(chunk)) {
        this.#dispatch(frame);
      }
    } catch (error) {
      if (!(error instanceof XdrError)) {
        throw error;
      }
      this.#end(`carried a message that cannot be read: ${error.message}`, error);
    }
  }

  #dispatch(frame: Frame): void {
    if (frame.program === program.keepalive) {
      if (frame.procedure === keepalive.ping) {
        this.#sendKeepalive(keepalive.pong);
      }
      return;
    }
    if (frame.program !== program.remote) {
      return;
    }
    if (frame.type === messageType.message) {
      this.#onEvent(frame.procedure, new XdrDecoder(frame.payload));
      return;
    }
    if (frame.type === messageType.stream) {
      this.#receiveOnStream(frame);
      return;
    }
    const pending = this.#inFlight.get(frame.serial);
    if (frame.type !== messageType.reply || pending === undefined) {
      return;
    }
    this.#inFlight.delete(frame.serial);
    if (frame.status === messageStatus.error) {
      pending.reject(decodeError(frame.payload));
    } else {
      pending.resolve(new XdrDecoder(frame.payload));
    }
    this.#sendWaiting();
  }

  #receiveOnStream(frame: Frame): void {
    if (frame.serial !== this.#stream?.serial) {
      return;
    }
    const { listener } = this.#stream;
    if (frame.status === messageStatus.continue) {
      listener.data(frame.payload);
      return;
    }
    this.#stream = undefined;
    if (frame.status === messageStatus.error) {
      listener.fail(decodeError(frame.payload));
    } else {
      listener.end();
    }
  }

  #end(what: string, cause?: unknown): void {
    if (this.#closed !== undefined) {
      return;
    }
    const message = `the connection to libvirt at ${this.#options.socketPath} ${what}`;
    const reason = new HypervisorUnavailableError(message, { cause });
    this.#closed = reason;
    clearInterval(this.#keepalive);
    this.#socket.destroy();
    const calls = [...this.#inFlight.values(), ...this.#waiting];
    this.#inFlight.clear();
    this.#waiting.length = 0;
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.listener.fail(reason);
    for (const call of calls) {
      call.reject(reason);
    }
    this.#onClose(reason);
  }
}
