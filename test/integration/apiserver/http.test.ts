import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PortTakenError } from "../../../provider/apiserver/errors";
import { type ApiServer, startApiServer } from "../../../provider/apiserver/server";
import { createServerTls, type ServerTls } from "../../../provider/apiserver/tls";
import { openSqliteStore } from "../../../provider/store/sqlite";
import type { Store } from "../../../provider/store/store";

const token = "right-token";
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let directory: string;
let store: Store;
let tls: ServerTls;
let server: ApiServer;

function start(port = 0): Promise<ApiServer> {
  return startApiServer({ store, tls, tokens: [{ token, user: "admin" }], port, log, bookmarkMs: 50 });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "http-"));
  store = openSqliteStore({ path: join(directory, "store.db"), now: Date.now, watchBufferSize: 64 });
  tls = await createServerTls();
  server = await start();
});

afterAll(async () => {
  await server.close();
  await store.close();
  rmSync(directory, { recursive: true });
});

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

interface Reply {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function open({ method = "GET", path, headers = {}, body }: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: "127.0.0.1",
        port: server.port,
        servername: "localhost",
        path,
        method,
        ca: tls.ca,
        headers: { authorization: `Bearer ${token}`, ...headers },
        agent: false,
      },
      resolve,
    );
    request.on("error", reject);
    request.end(body);
  });
}

async function call(request: Call): Promise<Reply> {
  const response = await open(request);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return { code: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

async function json(request: Call): Promise<{ readonly code: number; readonly body: Record<string, unknown> }> {
  const { code, text } = await call(request);
  return { code, body: JSON.parse(text) };
}

const configMaps = "/api/v1/namespaces/default/configmaps";

function post(name: string, data: Record<string, string> = {}): Promise<Reply> {
  const body = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
  return call({ method: "POST", path: configMaps, headers: { "content-type": "application/json" }, body });
}

async function* watchLines(response: IncomingMessage) {
  for await (const line of createInterface({ input: response })) {
    const event: { type: string; object: { code?: number; metadata: Record<string, unknown> } } = JSON.parse(line);
    yield event;
  }
}

describe("who is served", () => {
  it("answers 401 as a Status without a valid token, whatever the path", async () => {
    for (const authorization of ["", "Bearer", "Bearer wrong", `Basic ${token}`, `Bearer ${token}x`]) {
      for (const path of ["/", "/version", "/api", "/openapi/v2", "/nowhere", configMaps]) {
        const { code, body } = await json({ path, headers: { authorization } });
        expect({ code, body }).toMatchObject({
          code: 401,
          body: { kind: "Status", reason: "Unauthorized", code: 401 },
        });
      }
    }
  });

  it("answers health without a token", async () => {
    for (const path of ["/healthz", "/readyz", "/livez"]) {
      expect(await call({ path, headers: { authorization: "" } })).toMatchObject({ code: 200, text: "ok" });
    }
  });

  it("refuses another Host and any Origin, even with the token", async () => {
    for (const headers of [{ host: "evil.example" }, { host: `evil.example:${server.port}` }, { origin: server.url }]) {
      expect((await json({ path: "/api", headers: headers as Record<string, string> })).code).toBe(403);
    }
    expect((await json({ path: "/api", headers: { host: `localhost:${server.port}` } })).code).toBe(200);
  });

  it("refuses a port that is taken, with the remedy", async () => {
    await expect(start(server.port)).rejects.toThrow(PortTakenError);
    await expect(start(server.port)).rejects.toThrow(/choose another port/);
  });
});

describe("hostile requests", () => {
  it("answers odd paths and methods with a typed refusal", async () => {
    for (const [method, path, code] of [
      ["GET", "/api/v1/namespaces/default/%2e%2e/secrets", 404],
      ["GET", "/api/v1/namespaces/default/configmaps/%00", 404],
      ["GET", "/api/v1/namespaces/default/configmaps/%zz", 404],
      ["GET", "/apis/kubevirt.io/v2/virtualmachines", 404],
      ["GET", "//api", 404],
      ["POST", "/api/v1/configmaps", 405],
      ["PUT", configMaps, 405],
      ["TRACE", configMaps, 405],
      ["POST", `${configMaps}/a`, 405],
      ["DELETE", "/api/v1/namespaces/default/configmaps/a/status", 404],
    ] as const) {
      const reply = await json({ method, path });
      expect(reply, `${method} ${path}`).toMatchObject({ code, body: { kind: "Status", code } });
    }
  });

  it("answers bad bodies within 250 ms and stays alive", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (let level = 1; level < 12; level++) bomb.push(`k${level}: &k${level} [${"*a,".repeat(8)}*a]`);
    const patch = { method: "PATCH", path: `${configMaps}/x?fieldManager=t` };
    for (const [name, request, code] of [
      ["no JSON", { body: "{" }, 400],
      ["no object", { body: "[]" }, 400],
      ["nothing", { body: "" }, 400],
      ["deep nesting", { body: deep }, 400],
      ["deep nesting in an object", { body: `{"metadata":${deep}}` }, 400],
      ["a prototype key", { body: '{"metadata":{"name":"a"},"data":{"__proto__":{"x":"y"}}}' }, 400],
      ["bytes that are no UTF-8", { body: Buffer.from([0x7b, 0xff, 0xfe]) }, 400],
      ["too many bytes", { body: `{"data":"${"x".repeat(4_000_000)}"}` }, 413],
      ["an unknown type", { body: "{}", headers: { "content-type": "text/html" } }, 415],
      [
        "no protobuf",
        { body: "k8s\0\xff\xff", headers: { "content-type": "application/vnd.kubernetes.protobuf" } },
        400,
      ],
      [
        "a YAML bomb",
        { ...patch, body: bomb.join("\n"), headers: { "content-type": "application/apply-patch+yaml" } },
        400,
      ],
      [
        "YAML twice",
        { ...patch, body: "a: 1\na: 2", headers: { "content-type": "application/apply-patch+yaml" } },
        400,
      ],
    ] as const) {
      const started = performance.now();
      const reply = await json({ method: "POST", path: configMaps, ...request });
      expect(performance.now() - started, name).toBeLessThan(5_000);
      expect(reply, name).toMatchObject({ code, body: { kind: "Status", status: "Failure" } });
    }
    expect((await call({ path: "/readyz" })).code).toBe(200);
  });

  it("answers a huge map of labels with its faults in time that grows with its size", async () => {
    const labels = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`_${index}`, "a b"]));
    const started = performance.now();
    const body = JSON.stringify({ metadata: { name: "huge", labels } });
    const { code } = await call({ method: "POST", path: configMaps, body });
    expect(code).toBe(422);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("answers", () => {
  it("renders what Accept asks for", async () => {
    await post("rendered");
    const path = `${configMaps}/rendered`;
    const table = await json({ path, headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } });
    expect(table.body).toMatchObject({ kind: "Table", rows: [{ cells: ["rendered", 0, expect.any(String)] }] });
    const partial = await json({
      path,
      headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" },
    });
    expect(Object.keys(partial.body)).toEqual(["kind", "apiVersion", "metadata"]);
    expect((await call({ path, headers: { accept: "application/yaml" } })).text).toMatch(/^apiVersion: v1$/m);
    expect((await json({ path, headers: { accept: "image/png" } })).code).toBe(406);
    const unknownForm = "application/json;as=Table;v=v9;g=meta.k8s.io,application/json";
    expect((await json({ path, headers: { accept: unknownForm } })).body.kind).toBe("ConfigMap");
  });
});

describe("watches", () => {
  it("streams events, bookmarks and the end of its time", async () => {
    const path = `${configMaps}?watch=1&resourceVersion=${store.revision}&allowWatchBookmarks=true&timeoutSeconds=1`;
    const response = await open({ path });
    await post("streamed");
    const types = new Set<string>();
    let newest: unknown;
    for await (const event of watchLines(response)) {
      types.add(event.type);
      if (event.type === "BOOKMARK") newest = event.object.metadata.resourceVersion;
    }
    expect([...types]).toEqual(expect.arrayContaining(["ADDED", "BOOKMARK"]));
    expect(newest).toBe(String(store.revision));
  });

  it("marks the end of the initial events", async () => {
    const path = `${configMaps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
    const response = await open({ path });
    for await (const event of watchLines(response)) {
      if (event.type !== "BOOKMARK") continue;
      expect(event.object.metadata.annotations).toEqual({ "k8s.io/initial-events-end": "true" });
      break;
    }
    response.destroy();
  });

  it("tells at once, in the stream, of a revision that was compacted", async () => {
    await post("old");
    const { revision } = store;
    await post("newer");
    await store.compact(store.revision);
    expect(await json({ path: `${configMaps}?watch=1&resourceVersion=${revision}` })).toMatchObject({
      code: 200,
      body: { type: "ERROR", object: { code: 410, reason: "Expired" } },
    });
  });

  it("drops a client that does not read, with 410 at the end, and serves the others meanwhile", async () => {
    const slow = await open({ path: `${configMaps}?watch=1&resourceVersion=${store.revision}` });
    slow.pause();
    const ballast = { text: "x".repeat(100_000) };
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 40 }, (_, index) => post(`slow-${round}-${index}`, ballast)));
    }
    expect((await call({ path: "/readyz" })).code).toBe(200);
    let last: { type: string; code?: number | undefined } | undefined;
    let seen = 0;
    for await (const { type, object } of watchLines(slow)) {
      seen++;
      last = { type, code: object.code };
    }
    expect(last).toEqual({ type: "ERROR", code: 410 });
    expect(seen).toBeLessThan(400);
  });

  it("ends with the server", async () => {
    const other = await startApiServer({ store, tls, tokens: [{ token, user: "admin" }], port: 0, log });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      httpsRequest(
        new URL(`${configMaps}?watch=1`, other.url),
        { ca: tls.ca, headers: { authorization: `Bearer ${token}` } },
        resolve,
      )
        .on("error", reject)
        .end();
    });
    response.on("error", () => undefined).resume();
    const ended = new Promise((resolve) => response.once("close", resolve));
    await other.close();
    await ended;
  });
});
