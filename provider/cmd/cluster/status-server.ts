/**
 * What a program of the cluster says of itself over HTTP: /healthz (its process answers), /readyz (it does its work, or
 * stands by to), /metrics in Prometheus' text format. It takes no input and tells nothing of any machine by name.
 */
import { createServer } from "node:http";
import { collectDefaultMetrics, Registry } from "prom-client";

export interface StatusServerOptions {
  readonly port: number;
  /** Why the program is not ready; undefined when it is. */
  readonly notReady: () => string | undefined;
  /** Why the program should be started anew; undefined while it is well. */
  readonly unhealthy?: () => string | undefined;
  readonly metrics: Registry;
}

export interface StatusServer {
  readonly port: number;
  close(): Promise<void>;
}

/** The usual figures of a process, to add one's own to. */
export function newMetrics(): Registry {
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  return metrics;
}

export async function startStatusServer(options: StatusServerOptions): Promise<StatusServer> {
  const { metrics, notReady, unhealthy = () => undefined, port } = options;
  const verdict = (fault: string | undefined) => ({ code: fault === undefined ? 200 : 503, text: fault ?? "ok" });
  const answer = async (method: string, path: string): Promise<{ code: number; text: string; type?: string }> => {
    if (method !== "GET" && method !== "HEAD") return { code: 405, text: "there is nothing to be written here" };
    if (path === "/healthz") return verdict(unhealthy());
    if (path === "/readyz") return verdict(notReady());
    if (path === "/metrics") return { code: 200, text: await metrics.metrics(), type: metrics.contentType };
    return { code: 404, text: "there are /healthz, /readyz and /metrics" };
  };
  const server = createServer((request, response) => {
    answer(request.method ?? "", (request.url ?? "").split("?")[0] ?? "").then(
      ({ code, text, type = "text/plain; charset=utf-8" }) => {
        response.writeHead(code, { "content-type": type }).end(`${text}\n`);
      },
      (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
    );
  });
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
