/**
 * A domain's serial console as a stream. It has a connection of its own: nobody else's calls wait while its reader pauses,
 * and when this process dies libvirt frees the console with the connection. A libvirtd that ends ends the stream.
 */
import { Duplex } from "node:stream";
import { encodeDomain } from "./domain-calls";
import { isVirError } from "./errors";
import { ConsoleBusyError, type DomainRef, HypervisorError } from "./hypervisor";
import { consoleFlag, procedure } from "./procedures";
import { largestStreamPacket, type RpcConnection, type RpcConnectionOptions } from "./rpc-connection";
import { openBareConnection } from "./session";

export async function openConsole(
  options: RpcConnectionOptions & { readonly uri: string },
  domain: DomainRef,
): Promise<ConsoleStream> {
  const connection = await openBareConnection(options);
  const stream = new ConsoleStream(connection);
  try {
    const args = encodeDomain(domain).optionalString(undefined).unsigned(consoleFlag.safe);
    await connection.call(procedure.domainOpenConsole, args, { stream: stream.listener });
    return stream;
  } catch (error) {
    // Nobody has the stream yet who could be told.
    stream.on("error", () => undefined).destroy();
    // libvirt has no number of its own for a console in use; it checks everything else before.
    if (isVirError(error, "operationFailed")) throw new ConsoleBusyError(domain.name, { cause: error });
    throw error;
  }
}

/** Milliseconds for which the last words of a guest that is off may still be on their way. */
const lastWordsMs = 250;

export class ConsoleStream extends Duplex {
  readonly #connection: RpcConnection;
  #over = false;
  #hangUp: NodeJS.Timeout | undefined;

  constructor(connection: RpcConnection) {
    super({ allowHalfOpen: true });
    this.#connection = connection;
  }

  /** Nothing more will come. */
  hangUp(): void {
    this.#hangUp ??= setTimeout(() => this.#end(), lastWordsMs);
  }

  /** The console is somebody else's from now on: its reader finds the end, its line is free at once. */
  leave(): void {
    this.#end();
    this.#connection.close();
  }

  #end(): void {
    this.#over = true;
    this.push(null);
  }

  readonly listener = {
    data: (chunk: Buffer): void => {
      if (!this.#over && !this.push(chunk)) this.#connection.setReading("off");
    },
    end: (): void => this.#end(),
    fail: (error: Error): void => {
      if (this.#over) return;
      // libvirt's own words for a guest that is off, or a place that was taken over: a failure to read the line.
      if (error instanceof HypervisorError) this.#end();
      else this.destroy(error);
    },
  };

  override _read(): void {
    this.#connection.setReading("on");
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const send = (offset: number, error?: Error | null): void => {
      if (error || offset >= chunk.length) {
        done(error);
        return;
      }
      const part = chunk.subarray(offset, offset + largestStreamPacket);
      this.#connection.sendOnStream(part, (failure) => send(offset + part.length, failure));
    };
    send(0);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#hangUp);
    this.#connection.close();
    done(error);
  }
}
