import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiError, UnreachableError } from "../../../provider/kube/errors";
import { coreResources, type KubeObject } from "../../../provider/kube/resource";
import { openWatch, type WatchEvent } from "../../../provider/kube/watch-stream";
import { HttpApi, json, status } from "../../fakes/http-api";

describe("openWatch", () => {
  let api: HttpApi;

  beforeEach(async () => {
    api = await HttpApi.open();
  });
  afterEach(() => api.close());

  const answerWith = (write: (response: ServerResponse) => void | Promise<void>) => {
    api.answer = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
      void write(response);
    };
  };
  const open = (more: { signal?: AbortSignal; silenceMs?: number } = {}) =>
    openWatch<KubeObject>(api.connection, coreResources.secrets, {
      resourceVersion: "5",
      namespace: "default",
      ...more,
    });
  const read = async (more: { signal?: AbortSignal; silenceMs?: number } = {}) => {
    const events: WatchEvent<KubeObject>[] = [];
    try {
      for await (const event of await open(more)) events.push(event);
      return { events };
    } catch (error) {
      return { events, error };
    }
  };
  const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
  const named = (name: string) => ({ metadata: { name } });
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it("asks for bookmarks from the revision given", async () => {
    answerWith((response) => void response.end());
    expect(await read()).toEqual({ events: [] });
    expect(api.requests[0]).toBe(
      "GET /api/v1/namespaces/default/secrets?watch=true&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=25",
    );
  });

  it("reads events however the bytes are cut, also in the middle of a character", async () => {
    const bytes = Buffer.from(
      `${line("ADDED", named("grün-🐘"))}\n${line("BOOKMARK", { metadata: { resourceVersion: "9" } })}${line("DELETED", named("b"))}`,
    );
    answerWith(async (response) => {
      for (const byte of bytes) {
        response.write(Buffer.from([byte]));
        await turn();
      }
      response.end();
    });
    expect((await read()).events).toEqual([
      { type: "ADDED", object: named("grün-🐘") },
      { type: "BOOKMARK", resourceVersion: "9" },
      { type: "DELETED", object: named("b") },
    ]);
  });

  it("reads many events of one piece", async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `n${index}`);
    answerWith((response) => void response.end(names.map((name) => line("ADDED", named(name))).join("")));
    const { events } = await read();
    expect(events.map((event) => (event.type === "ADDED" ? event.object.metadata.name : ""))).toEqual(names);
  });

  it("throws the refusal that an ERROR event carries, after the events before it", async () => {
    answerWith((response) => {
      response.end(line("ADDED", named("a")) + line("ERROR", status(410, "Expired", "too old")));
    });
    const { events, error } = await read();
    expect(events.length).toBe(1);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 410, reason: "Expired", message: "too old" });
  });

  it("throws for an event of a type that there is not", async () => {
    answerWith((response) => void response.end(line("RENAMED", named("a"))));
    expect((await read()).error).toMatchObject({ code: 500, message: 'unexpected watch event "RENAMED"' });
  });

  it("throws the refusal of the watch itself, with what Retry-After asks", async () => {
    api.answer = (_request, response) =>
      json(response, 429, status(429, "TooManyRequests", "slow down"), { "retry-after": "2" });
    await expect(open()).rejects.toMatchObject({ code: 429, retryAfterSeconds: 2 });
  });

  it("is unreachable when the line is silent for too long", async () => {
    answerWith((response) => void response.write(line("ADDED", named("a"))));
    const { events, error } = await read({ silenceMs: 50 });
    expect(events.length).toBe(1);
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error).toHaveProperty("message", expect.stringContaining("no answer within 0.05 s"));
  });

  it("is unreachable when the line is cut, and when a line is no JSON", async () => {
    answerWith((response) => {
      response.write(line("ADDED", named("a")));
      setImmediate(() => response.destroy());
    });
    expect((await read()).error).toBeInstanceOf(UnreachableError);
    answerWith((response) => void response.end("<html>\n"));
    expect((await read()).error).toBeInstanceOf(UnreachableError);
  });

  it("gives up an event without end instead of holding all of it", async () => {
    answerWith((response) => {
      const piece = Buffer.alloc(1024 * 1024, "x");
      const more = () => {
        if (!response.destroyed && response.write(piece)) setImmediate(more);
      };
      response.on("drain", more);
      more();
    });
    const { error } = await read();
    expect(error).toHaveProperty(
      "message",
      expect.stringContaining("a watch event is longer than 16777216 characters"),
    );
  });

  it("ends with the signal's own reason", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    answerWith((response) => {
      response.write(line("ADDED", named("a")));
      setImmediate(() => abort.abort(reason));
    });
    expect((await read({ signal: abort.signal })).error).toBe(reason);
  });

  it("lets go of the line when its reader leaves", async () => {
    let closed = false;
    answerWith((response) => {
      response.on("close", () => {
        closed = true;
      });
      response.write(line("ADDED", named("a")));
    });
    for await (const _event of await open()) break;
    const end = performance.now() + 2_000;
    while (!closed && performance.now() < end) await turn();
    expect(closed).toBe(true);
  });
});
