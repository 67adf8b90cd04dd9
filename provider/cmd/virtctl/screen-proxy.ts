/**
 * `virtctl vnc`: a port on this machine's loopback that leads to a guest's screen, for one viewer at a time. Whoever may
 * use this machine's loopback may use the port while it is open.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { hasCode } from "../../runtime/error-code";

export interface ScreenProxy {
  readonly port: number;
  close(): Promise<void>;
}

export interface ScreenProxyOptions {
  /** 0 for any that is free. */
  readonly port: number;
  /** A new line to the screen. */
  readonly connect: () => Promise<Duplex>;
  readonly onFault: (error: unknown) => void;
}

/** Fails at once when the screen cannot be reached, or the port is taken. */
export async function openScreenProxy({ port, connect, onFault }: ScreenProxyOptions): Promise<ScreenProxy> {
  let waiting: Duplex | undefined = await connect();
  waiting.once("close", () => {
    waiting = undefined;
  });
  waiting.on("error", () => undefined);
  const lines = new Set<Duplex | Socket>();
  let busy = false;
  const server = createServer((viewer) => {
    if (busy) {
      viewer.destroy();
      return;
    }
    busy = true;
    lines.add(viewer);
    viewer.on("error", () => undefined);
    viewer.once("close", () => {
      busy = false;
      lines.delete(viewer);
    });
    const line = waiting === undefined ? connect() : Promise.resolve(waiting);
    waiting = undefined;
    line.then(
      (screen) => join(viewer, screen),
      (error: unknown) => {
        viewer.destroy();
        onFault(error);
      },
    );
  });
  try {
    const bound = await listen(server, port);
    return {
      port: bound,
      close: async () => {
        waiting?.destroy();
        for (const each of lines) each.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  } catch (error) {
    waiting?.destroy();
    if (hasCode(error, "EADDRINUSE")) throw new Error(`port ${port} is taken; choose another with --port`);
    throw error;
  }
}

function join(viewer: Socket, screen: Duplex): void {
  screen.on("error", () => viewer.destroy());
  screen.once("close", () => viewer.destroy());
  viewer.once("close", () => screen.destroy());
  if (viewer.destroyed) screen.destroy();
  viewer.pipe(screen).pipe(viewer);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
