/**
 * `virtctl vnc`: a port on this machine's loopback that leads to a guest's screen, for one viewer at a time. Whoever may
 * use this machine's loopback may use the port while it is open.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
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

/** How long a viewer waits for its place: the one before may have gone, and that not be noticed yet. */
const patienceMs = 1_000;

/** Fails at once when the screen cannot be reached, or the port is taken. */
export async function openScreenProxy({ port, connect, onFault }: ScreenProxyOptions): Promise<ScreenProxy> {
  let waiting: Duplex | undefined = await connect();
  waiting.once("close", () => {
    waiting = undefined;
  });
  waiting.on("error", () => undefined);
  const viewers = new Set<Socket>();
  const place = new Place();
  const show = async (viewer: Socket): Promise<void> => {
    viewers.add(viewer);
    viewer.on("error", () => undefined);
    const gone = new Promise<void>((resolve) => viewer.once("close", () => resolve()));
    void gone.then(() => viewers.delete(viewer));
    if (!(await place.take(gone))) {
      viewer.destroy();
      return;
    }
    const line = waiting === undefined ? connect() : Promise.resolve(waiting);
    waiting = undefined;
    join(viewer, await line);
  };
  const server = createServer((viewer) => {
    show(viewer).catch((error: unknown) => {
      viewer.destroy();
      onFault(error);
    });
  });
  try {
    const bound = await listen(server, port);
    return {
      port: bound,
      close: async () => {
        waiting?.destroy();
        for (const viewer of viewers) viewer.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  } catch (error) {
    waiting?.destroy();
    if (hasCode(error, "EADDRINUSE")) throw new Error(`port ${port} is taken; choose another with --port`);
    throw error;
  }
}

/** For one at a time. */
class Place {
  #held: Promise<void> | undefined;

  /** Holds it until `gone`. False when it has not become free in time. */
  async take(gone: Promise<void>): Promise<boolean> {
    const patience = sleep(patienceMs, true, { ref: false });
    while (this.#held !== undefined) {
      if (await Promise.race([this.#held, patience])) return false;
    }
    this.#held = gone.then(() => {
      this.#held = undefined;
    });
    return true;
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
