/** Tries whether a guest accepts connections at a port. Says nothing to it, and leaves at once. */
import { createConnection } from "node:net";

/** Milliseconds that a try may take. */
const tcpTryMs = 3_000;

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
    const timer = setTimeout(() => end(silence), tcpTryMs);
    socket.once("connect", () => end(undefined));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      end(reasons[error.code ?? ""] ?? error.code ?? error.message),
    );
  });

/** Whether the node finds out itself that nobody has the address, or runs out of time, is chance, and told in the same words. */
const silence = "nothing comes back";

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: silence,
  ETIMEDOUT: silence,
  ENETUNREACH: "the node has no way to that network",
};
