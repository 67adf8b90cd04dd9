import { request } from "node:http";
import { connect } from "node:net";
import { Counter, Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newMetrics, type StatusServer, startStatusServer } from "../../../../provider/cmd/cluster/status-server";
import { WorkMetrics } from "../../../../provider/cmd/cluster/work-metrics";

interface Answer {
  readonly code: number;
  readonly type: string;
  readonly text: string;
}

function ask(port: number, path: string, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk));
      response.on("end", () =>
        resolve({ code: response.statusCode ?? 0, type: String(response.headers["content-type"]), text }),
      );
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("what a program says of itself", () => {
  let server: StatusServer;
  let metrics: Registry;
  let notReady: string | undefined;
  let fault: string | undefined;

  beforeEach(async () => {
    [notReady, fault] = [undefined, undefined];
    metrics = new Registry();
    server = await startStatusServer({ port: 0, notReady: () => notReady, unhealthy: () => fault, metrics });
  });
  afterEach(() => server.close());

  it("is that it is well, until it is not", async () => {
    expect(await ask(server.port, "/healthz")).toMatchObject({ code: 200, text: "ok\n" });
    fault = "it hangs";
    expect(await ask(server.port, "/healthz")).toMatchObject({ code: 503, text: "it hangs\n" });
    expect(await ask(server.port, "/readyz")).toMatchObject({ code: 200 });
  });

  it("is that it is ready, or why it is not", async () => {
    notReady = "the Kubernetes API has not answered yet";
    expect(await ask(server.port, "/readyz")).toMatchObject({ code: 503, text: `${notReady}\n` });
    expect(await ask(server.port, "/healthz")).toMatchObject({ code: 200 });
    notReady = undefined;
    expect(await ask(server.port, "/readyz?verbose")).toMatchObject({ code: 200, text: "ok\n" });
  });

  it("is its figures, as Prometheus reads them", async () => {
    new Counter({ name: "things_total", help: "Things.", registers: [metrics] }).inc(3);
    const { code, type, text } = await ask(server.port, "/metrics");
    expect([code, type]).toEqual([200, metrics.contentType]);
    expect(text).toContain("\nthings_total 3\n");
  });

  it("is why a figure cannot be told, and nothing ends by it", async () => {
    new Counter({
      name: "broken_total",
      help: "Broken.",
      registers: [metrics],
      collect() {
        throw new Error("no figure");
      },
    });
    expect(await ask(server.port, "/metrics")).toMatchObject({ code: 500, text: "Error: no figure\n" });
    expect(await ask(server.port, "/healthz")).toMatchObject({ code: 200 });
  });

  it.each(["/", "/metric", "//healthz", "/healthz/", "/../healthz", "/%2e%2e/healthz", "/debug", "*"])(
    "is nothing at %s",
    async (path) => {
      expect(await ask(server.port, path)).toMatchObject({
        code: 404,
        text: "there are /healthz, /readyz and /metrics\n",
      });
    },
  );

  it.each(["POST", "PUT", "DELETE", "OPTIONS"])("is not for writing (%s)", async (method) => {
    expect(await ask(server.port, "/healthz", method)).toMatchObject({ code: 405 });
  });

  it("is said without a body to those who ask for none", async () => {
    expect(await ask(server.port, "/healthz", "HEAD")).toMatchObject({ code: 200, text: "" });
  });

  it("survives those who speak something else", async () => {
    await new Promise((resolve) => {
      const socket = connect(server.port, "127.0.0.1", () => socket.end("\0\0\0nonsense\r\n\r\n"));
      socket.resume().on("close", resolve);
    });
    expect(await ask(server.port, "/healthz")).toMatchObject({ code: 200 });
  });

  it("does not wait for those who say nothing when it ends", async () => {
    const socket = connect(server.port, "127.0.0.1");
    const closed = new Promise((resolve) => socket.on("close", resolve).on("error", () => undefined));
    await new Promise((resolve) => socket.once("connect", resolve));
    await server.close();
    await closed;
    await expect(ask(server.port, "/healthz")).rejects.toThrow("ECONNREFUSED");
  });

  it("is refused where another program has the port, with the reason", async () => {
    const second = startStatusServer({ port: server.port, notReady: () => undefined, metrics });
    await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

it("the usual figures of a process are there", async () => {
  const metrics = newMetrics();
  expect(await metrics.metrics()).toContain("process_resident_memory_bytes");
  metrics.clear();
});

it("work is counted for each queue, and its failures apart", async () => {
  const metrics = new Registry();
  const work = new WorkMetrics(metrics);
  work.observe("machines", { failed: false, milliseconds: 4 });
  work.observe("machines", { failed: true, milliseconds: 30_000 });
  work.observe("sets", { failed: false, milliseconds: 100 });
  const text = await metrics.metrics();
  for (const line of [
    'kubevirt_reconcile_duration_seconds_count{queue="machines"} 2',
    'kubevirt_reconcile_duration_seconds_bucket{le="0.005",queue="machines"} 1',
    'kubevirt_reconcile_failures_total{queue="machines"} 1',
    'kubevirt_reconcile_duration_seconds_sum{queue="sets"} 0.1',
  ]) {
    expect(text).toContain(line);
  }
});
