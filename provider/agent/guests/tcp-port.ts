/** Tries whether a guest accepts connections at a port. Says nothing to it, and leaves at once. */
import { createConnection } from "node:net";

export const tcpTryMs = 3_000;

/** Undefined when it does; else why not. `address` is an IP address: nobody is asked for a name's. */
export type TryPort = (address: string, port: number, signal: AbortSignal) => Promise<string | undefined>;

export const tryTcpPort: TryPort = (host, port, signal) =>
  new Promise((resolve) => {
    const socket = createConnection({ host, port, signal });
    const end = (answer: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end(`no answer within ${tcpTryMs / 1000} s`), tcpTryMs);
    socket.once("connect", () => end(undefined));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      end(reasons[error.code ?? ""] ?? error.code ?? error.message),
    );
  });

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "no route to the guest",
  ENETUNREACH: "no route to the guest's network",
  ETIMEDOUT: `no answer within ${tcpTryMs / 1000} s`,
};
