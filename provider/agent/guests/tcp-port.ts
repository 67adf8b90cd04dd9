/** Tries whether a guest accepts connections at a port. Says nothing to it, and leaves at once. */
import { createConnection, isIP } from "node:net";

/** Milliseconds that a try may take. */
const tcpTryMs = 3_000;

/** Undefined when it does; else why not. `address` is an IP address: nobody is asked for a name's. */
export type TryPort = (address: string, port: number, signal: AbortSignal) => Promise<string | undefined>;

export const tryTcpPort: TryPort = (host, port, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(calledOff);
    if (isIP(host) === 0) return resolve("that is no address");
    const socket = createConnection({ host, port });
    const end = (answer: string | undefined) => {
      clearTimeout(timer);
      // One signal sees many tries: each leaves nothing with it.
      signal.removeEventListener("abort", callOff);
      socket.destroy();
      resolve(answer);
    };
    const callOff = () => end(calledOff);
    const timer = setTimeout(() => end(silence), tcpTryMs);
    signal.addEventListener("abort", callOff);
    socket.once("connect", () => end(undefined));
    socket.on("error", ({ code = "", message }: NodeJS.ErrnoException) => end(reasons[code] ?? (code || message)));
  });

const calledOff = "the try was called off";

/** Whether the node finds out itself that nobody has the address, or runs out of time, is chance, and told in the same words. */
const silence = "nothing comes back";

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: silence,
  ETIMEDOUT: silence,
  ENETUNREACH: "the node has no way to that network",
};
