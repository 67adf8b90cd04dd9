/** Reads for refreshes, as an API sees them: what is asked for, and what a program is told. */
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { virtualMachines } from "../../../provider/core/resources";
import { KubeClient } from "../../../provider/kube/client";
import { UnreachableError } from "../../../provider/kube/errors";
import { LiveReader } from "../../../provider/lifecycle/live-reader";
import { HttpApi, json, status } from "../../fakes/http-api";

const collection = "/apis/kubevirt.io/v1alpha1/namespaces/default/virtualmachines";

let api: HttpApi;
let reader: LiveReader;
let objects: Map<string, object>;
let watches: ServerResponse[];
/** Of the list: how many pages, and whether it and the watch may be asked for. */
let pages: number;
let allowed: { list: boolean; watch: boolean };

const machine = (name: string, revision = "1") => ({
  metadata: { name, namespace: "default", uid: `uid-${name}`, resourceVersion: revision },
});

beforeEach(async () => {
  objects = new Map(["a", "b", "c"].map((name) => [name, machine(name)]));
  watches = [];
  pages = 1;
  allowed = { list: true, watch: true };
  api = await HttpApi.open();
  const forbidden = (response: ServerResponse) => json(response, 403, status(403, "Forbidden", "no"));
  api.answer = (_request, response, url) => {
    const name = url.pathname.slice(collection.length + 1);
    if (name !== "") {
      const found = objects.get(name);
      return found === undefined ? json(response, 404, status(404, "NotFound", "no")) : json(response, 200, found);
    }
    if (url.searchParams.has("watch")) {
      if (!allowed.watch) return forbidden(response);
      response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
      return void watches.push(response);
    }
    if (!allowed.list) return forbidden(response);
    const at = Number(url.searchParams.get("continue") ?? 0);
    const metadata = {
      resourceVersion: "7",
      ...(at + 1 < pages ? { continue: String(at + 1), remainingItemCount: (pages - at - 1) * 500 } : {}),
    };
    json(response, 200, { metadata, items: at === 0 ? [...objects.values()] : [machine(`page-${at}`)] });
  };
  reader = new LiveReader(new KubeClient(api.connection, { fieldManager: "test", timeoutMs: 2_000 }));
});
afterEach(async () => {
  reader.forget();
  await api.close();
});

const read = (name: string) => reader.read(virtualMachines, `default/${name}`);
const nameOf = (found: Awaited<ReturnType<typeof read>>) => found?.metadata.name;

/** What was asked for, in the words `get`, `list` and `watch`. */
const asked = () =>
  api.requests.map((line) => (line.includes("watch=") ? "watch" : line.includes("limit=") ? "list" : "get"));

const told = (type: string, object: object) => watches.at(-1)?.write(`${JSON.stringify({ type, object })}\n`);

describe("reads of several objects", () => {
  test("are one list, whichever of them come later", async () => {
    const found = await Promise.all(["a", "b", "gone"].map(read));
    expect(found.map(nameOf)).toEqual(["a", "b", undefined]);
    expect(nameOf(await read("c"))).toBe("c");
    expect(asked()).toEqual(["list", "watch"]);
  });

  test("are one list for each kind and each namespace", async () => {
    const elsewhere = () => reader.read(virtualMachines, "other/a");
    api.answer = (_request, response, url) => {
      if (url.searchParams.has("watch")) return void response.writeHead(200).flushHeaders();
      json(response, 200, { metadata: { resourceVersion: "7" }, items: [machine("a")] });
    };
    await Promise.all([read("a"), read("a"), elsewhere(), elsewhere()]);
    expect(asked().filter((what) => what === "list")).toHaveLength(2);
  });

  test("see what others have changed and removed since the list", async () => {
    await Promise.all([read("a"), read("b")]);
    told("MODIFIED", machine("a", "8"));
    told("DELETED", machine("b", "9"));
    told("ADDED", machine("d", "10"));
    await expect.poll(async () => nameOf(await read("d"))).toBe("d");
    expect((await read("a"))?.metadata.resourceVersion).toBe("8");
    expect(await read("b")).toBeUndefined();
    expect(asked()).toEqual(["list", "watch"]);
  });

  test("go on over the end of a watch, from where it was", async () => {
    await Promise.all([read("a"), read("b")]);
    told("MODIFIED", machine("a", "8"));
    await expect.poll(async () => (await read("a"))?.metadata.resourceVersion).toBe("8");
    watches[0]?.end();
    await expect.poll(() => watches.length).toBe(2);
    expect(nameOf(await read("c"))).toBe("c");
    expect(api.requests.at(-1)).toContain("resourceVersion=8");
    expect(asked()).toEqual(["list", "watch", "watch"]);
  });

  test("begin again with a list when the watch was cut", async () => {
    await Promise.all([read("a"), read("b")]);
    objects.delete("a");
    api.cut();
    await expect.poll(async () => nameOf(await read("a"))).toBe(undefined);
    expect(asked().filter((what) => what === "list")).toHaveLength(2);
  });

  test("take all pages of a list that has one for each read", async () => {
    pages = 3;
    const found = await Promise.all(["a", "page-1", "page-2"].map(read));
    expect(found.map(nameOf)).toEqual(["a", "page-1", "page-2"]);
    expect(asked()).toEqual(["list", "list", "list", "watch"]);
  });
});

describe("what a list is not asked for", () => {
  test("is one object alone", async () => {
    expect(nameOf(await read("a"))).toBe("a");
    expect(asked()).toEqual(["get"]);
  });

  test("are a few objects among thousands of others, until there are as many reads as pages", async () => {
    pages = 4;
    expect((await Promise.all([read("a"), read("b")])).map(nameOf)).toEqual(["a", "b"]);
    expect(asked()).toEqual(["list", "get", "get"]);
    expect(nameOf(await read("c"))).toBe("c");
    expect(asked()).toEqual(["list", "get", "get", "get"]);
    expect(nameOf(await read("page-3"))).toBe("page-3");
    expect(asked().slice(4)).toEqual(["list", "list", "list", "list", "watch"]);
  });

  test.each([["list"], ["watch"]] as const)("is anything, by who may not %s", async (verb) => {
    allowed = { ...allowed, [verb]: false };
    expect((await Promise.all([read("a"), read("b")])).map(nameOf)).toEqual(["a", "b"]);
    expect(nameOf(await read("c"))).toBe("c");
    expect(asked().filter((what) => what === "list")).toHaveLength(1);
    expect(asked().filter((what) => what === "get")).toHaveLength(3);
  });
});

test("a watch that does not open in time is done without", async () => {
  api.answer = ((answer) => (request, response, url) => {
    if (!url.searchParams.has("watch")) answer(request, response, url);
  })(api.answer);
  expect((await Promise.all([read("a"), read("b")])).map(nameOf)).toEqual(["a", "b"]);
  expect(nameOf(await read("c"))).toBe("c");
  expect(asked()).toEqual(["list", "watch", "get", "get", "get"]);
});

describe("after a write of one's own", () => {
  test("nothing counts that was listed before", async () => {
    await Promise.all([read("a"), read("b")]);
    objects.delete("a");
    reader.forget();
    expect((await Promise.all([read("a"), read("b")])).map(nameOf)).toEqual([undefined, "b"]);
    expect(asked()).toEqual(["list", "watch", "list", "watch"]);
  });

  test("a read that waits for a list is answered all the same", async () => {
    api.answer = ((answer) => (request, response, url) => {
      if (url.searchParams.has("limit")) reader.forget();
      answer(request, response, url);
    })(api.answer);
    expect((await Promise.all([read("a"), read("b")])).map(nameOf)).toEqual(["a", "b"]);
  });
});

describe("an API that does not answer", () => {
  test("is an error, and never an object that is gone", async () => {
    await Promise.all([read("a"), read("b")]);
    await api.close();
    await expect.poll(() => read("a").then(nameOf, (error: unknown) => error instanceof UnreachableError)).toBe(true);
    reader.forget();
    const refusals = await Promise.allSettled([read("a"), read("b")]);
    expect(refusals.map((refusal) => refusal.status)).toEqual(["rejected", "rejected"]);
  });
});
