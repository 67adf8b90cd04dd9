import { Agent } from "node:http";
import { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KubeClient } from "../../../provider/kube/client";
import { ApiError, isNotFound, isTransient, UnreachableError } from "../../../provider/kube/errors";
import { coreResources, type KubeObject } from "../../../provider/kube/resource";
import { HttpApi, json, status } from "../../fakes/http-api";

describe("a call", () => {
  let api: HttpApi;
  let client: KubeClient;

  beforeEach(async () => {
    api = await HttpApi.open();
    client = new KubeClient(api.connection, { fieldManager: "tester", timeoutMs: 200 });
  });
  afterEach(() => api.close());

  const get = () => client.get<KubeObject>(coreResources.secrets, { namespace: "a b", name: "x" });
  const failure = async (call: Promise<unknown>): Promise<unknown> => {
    try {
      return await call.then((value) => {
        throw new Error(`succeeded with ${JSON.stringify(value)}`);
      });
    } catch (error) {
      return error;
    }
  };

  it("puts names into the path so that they cannot leave it, and sends the credentials", async () => {
    let header: string | undefined;
    api.answer = (request, response) => {
      header = request.headers.authorization;
      json(response, 200, { metadata: { name: "x" } });
    };
    await client.get(coreResources.secrets, { namespace: "a/../b", name: "x?y#z" });
    expect(api.requests).toEqual(["GET /api/v1/namespaces/a%2F..%2Fb/secrets/x%3Fy%23z"]);
    expect(header).toBe("Bearer test");
  });

  it("turns a Status into its code, reason, message and causes", async () => {
    const causes = [
      { reason: "FieldValueInvalid", message: "Invalid value: 0", field: "spec.domain.cpu.cores" },
      "not a cause",
      { field: 5 },
    ];
    api.answer = (_request, response) =>
      json(response, 422, status(422, "Invalid", "is invalid", { causes }), { "retry-after": "3" });
    const error = await failure(get());
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: 422,
      reason: "Invalid",
      message: "is invalid",
      causes: [causes[0], {}],
      retryAfterSeconds: 3,
    });
  });

  it("takes a 404 for an absent object only in the API's own words", async () => {
    api.answer = (_request, response) => json(response, 404, status(404, "NotFound", "not found", { name: "x" }));
    expect(isNotFound(await failure(get()))).toBe(true);
    api.answer = (_request, response) => response.writeHead(404).end("404 page not found\n");
    const other = await failure(get());
    expect(isNotFound(other)).toBe(false);
    expect(other).toMatchObject({ code: 404, message: "404 page not found" });
  });

  it("keeps a page that is no Status short, and an empty one a code", async () => {
    api.answer = (_request, response) => response.writeHead(502).end("x".repeat(10_000));
    expect((await failure(get())) as Error).toHaveProperty("message.length", 500);
    api.answer = (_request, response) => response.writeHead(503).end();
    const error = await failure(get());
    expect(error).toHaveProperty("message", "HTTP 503");
    expect(isTransient(error)).toBe(true);
  });

  it("is unreachable when no connection comes about, long before it would be for an answer", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const socket = Object.defineProperty(new Socket(), "connecting", { value: true });
      const agent = Object.assign(new Agent(), { createConnection: () => socket });
      const credentials = async () => ({ headers: {}, agent });
      const patient = new KubeClient({ ...api.connection, credentials }, { fieldManager: "tester" });
      const refused = failure(patient.get(coreResources.nodes, { name: "x" }));
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await refused).toMatchObject({
        name: "UnreachableError",
        message: expect.stringContaining("no connection within 5 s"),
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it("that nobody answers leaves no other connection open that would be waited for too", async () => {
    const agent = new Agent({ keepAlive: true });
    const kept = new KubeClient(
      { ...api.connection, credentials: async () => ({ headers: {}, agent }) },
      { fieldManager: "tester", timeoutMs: 200 },
    );
    const idle = () =>
      Object.values(agent.freeSockets).flatMap((sockets = []) => sockets.filter(({ destroyed }) => !destroyed)).length;
    const look = () => kept.get<KubeObject>(coreResources.nodes, { name: "x" });
    api.answer = (_request, response) => json(response, 200, { metadata: { name: "x" } });
    await Promise.all([look(), look(), look()]);
    expect(idle()).toBe(3);
    api.answer = () => undefined;
    await failure(look());
    expect(idle()).toBe(0);
  });

  it("is unreachable when nothing answers in time", async () => {
    api.answer = () => undefined;
    const error = await failure(get());
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error).toHaveProperty(
      "message",
      `the Kubernetes API at ${api.connection.server} cannot be reached: no answer within 0.2 s`,
    );
  });

  it("is unreachable when an answer breaks off or is no JSON", async () => {
    api.answer = (_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setImmediate(() => response.destroy());
    };
    expect(await failure(get())).toBeInstanceOf(UnreachableError);
    api.answer = (_request, response) => response.writeHead(200).end("<html>");
    expect(await failure(get())).toHaveProperty("message", expect.stringContaining("the answer is not JSON"));
  });

  it("says that the connection was refused", async () => {
    await api.close();
    expect(await failure(get())).toHaveProperty(
      "message",
      expect.stringMatching(/cannot be reached: connection refused$/),
    );
    api = await HttpApi.open();
  });

  it("asks once more when a kept connection turns out to be closed, but writes nothing twice", async () => {
    api.answer = (_request, response) => json(response, 200, { metadata: {} });
    await get();
    let dropped = 0;
    api.answer = (request, response) => {
      if (dropped === 0) {
        dropped += 1;
        request.socket.destroy();
        return;
      }
      json(response, 200, { metadata: { name: "again" } });
    };
    expect((await get()).metadata.name).toBe("again");

    dropped = 0;
    const write = client.create<KubeObject>(coreResources.secrets, { metadata: { namespace: "a", name: "x" } });
    expect(await failure(write)).toBeInstanceOf(UnreachableError);
    expect(api.requests.filter((request) => request.startsWith("POST"))).toHaveLength(1);
  });

  it("ends with the signal's own reason when it is given up, before and during the answer", async () => {
    const reason = new Error("given up");
    const before = new AbortController();
    api.answer = () => before.abort(reason);
    expect(await failure(client.get(coreResources.secrets, { name: "x" }, { signal: before.signal }))).toBe(reason);

    const during = new AbortController();
    api.answer = (_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setImmediate(() => during.abort(reason));
    };
    expect(await failure(client.get(coreResources.secrets, { name: "x" }, { signal: during.signal }))).toBe(reason);
  });

  it("sends deletions with their preconditions and patches with their type", async () => {
    let type: string | undefined;
    api.answer = (request, response) => {
      type = request.headers["content-type"];
      json(response, 200, {});
    };
    const address = { namespace: "a", name: "x" };
    await client.delete(coreResources.secrets, address, { preconditions: { uid: "u" } });
    expect(api.bodies[0]).toEqual({
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Background",
      preconditions: { uid: "u" },
    });
    await client.mergePatch(coreResources.secrets, address, { metadata: { labels: { a: null } } });
    expect(type).toBe("application/merge-patch+json");
    expect(api.requests[1]).toBe("PATCH /api/v1/namespaces/a/secrets/x?fieldManager=tester");
  });
});
