import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KubeClient } from "../../../provider/kube/client";
import { Recorder } from "../../../provider/kube/recorder";
import { coreResources, type KubeObject } from "../../../provider/kube/resource";
import { type Logger, silentLogger } from "../../../provider/runtime/log";
import { HttpApi, json, status } from "../../fakes/http-api";

type Stored = KubeObject & { count: number; reason: string; message: string; lastTimestamp: string };

describe("Recorder", () => {
  let api: HttpApi;
  let recorder: Recorder;
  let now: number;
  let complaints: string[];
  /** The events that the API has, by name. */
  let stored: Map<string, Stored>;

  beforeEach(async () => {
    api = await HttpApi.open();
    stored = new Map();
    complaints = [];
    now = Date.parse("2026-01-01T00:00:00Z");
    api.answer = (request, response, url) => {
      const name = url.pathname.split("/")[6] ?? "";
      const body = api.bodies.at(-1) as Stored;
      if (request.method === "POST") {
        stored.set(body.metadata.name ?? "", body);
        return json(response, 201, body);
      }
      const event = stored.get(name);
      if (event === undefined) return json(response, 404, status(404, "NotFound", "not found", { name }));
      if (request.method === "PATCH") stored.set(name, { ...event, ...body });
      return json(response, 200, stored.get(name));
    };
    const log: Logger = { ...silentLogger, warn: (_fields, message) => complaints.push(message) };
    recorder = new Recorder({
      client: new KubeClient(api.connection, { fieldManager: "test" }),
      log,
      component: "tester",
      host: "node-1",
      clock: { now: () => now, sleep: async () => undefined },
    });
  });
  afterEach(() => api.close());

  const subject = (uid = "uid-1") => ({
    resource: coreResources.secrets,
    object: { metadata: { namespace: "default", name: "web", uid } },
  });
  const record = (reason: string, message = "it did", uid?: string) =>
    recorder.record(subject(uid), { type: "Normal", reason, message });
  const seen = () =>
    [...stored.values()]
      .sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1))
      .map(({ reason, count }) => `${reason} ${count}`);

  it("writes events in the order in which they were recorded, and names them so that it can be told", async () => {
    for (const reason of ["One", "Two", "Three"]) record(reason);
    await recorder.flush();
    expect([...stored.values()].map(({ reason }) => reason)).toEqual(["One", "Two", "Three"]);
    expect(seen()).toEqual(["One 1", "Two 1", "Three 1"]);
  });

  it("says what happened to whom, and who says so", async () => {
    record("Started", "VM started.");
    await recorder.flush();
    expect([...stored.values()][0]).toMatchObject({
      type: "Normal",
      reason: "Started",
      message: "VM started.",
      count: 1,
      involvedObject: { kind: "Secret", namespace: "default", name: "web", uid: "uid-1" },
      source: { component: "tester", host: "node-1" },
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:00:00Z",
    });
  });

  it("counts the same event of the same object, and keeps others apart", async () => {
    record("Failed", "no");
    now += 5_000;
    record("Failed", "no");
    record("Failed", "no, again");
    record("Failed", "no", "uid-2");
    await recorder.flush();
    expect(seen()).toEqual(["Failed 2", "Failed 1", "Failed 1"]);
    expect([...stored.values()][0]?.lastTimestamp).toBe("2026-01-01T00:00:05Z");
  });

  it("writes a new one when the counted one has expired", async () => {
    record("Failed");
    await recorder.flush();
    stored.clear();
    record("Failed");
    await recorder.flush();
    expect(seen()).toEqual(["Failed 1"]);
  });

  it("keeps the time at which it happened, however late it is written", async () => {
    record("One");
    record("Two");
    now += 60_000;
    await recorder.flush();
    expect(
      [...stored.values()].map(({ firstTimestamp }: Stored & { firstTimestamp?: string }) => firstTimestamp),
    ).toEqual(["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"]);
  });

  it("cuts a message without end", async () => {
    record("Failed", "x".repeat(100_000));
    await recorder.flush();
    expect([...stored.values()][0]?.message).toBe(`${"x".repeat(1000)}…`);
  });

  it("logs an event that cannot be written and goes on with the next", async () => {
    const answer = api.answer;
    api.answer = (_request, response) => {
      api.answer = answer;
      json(response, 403, status(403, "Forbidden", "no"));
    };
    record("One");
    record("Two");
    await recorder.flush();
    expect(complaints).toEqual(["an event could not be recorded"]);
    expect(seen()).toEqual(["Two 1"]);
  });
});
