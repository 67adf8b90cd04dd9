import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KubeClient } from "../../../provider/kube/client";
import { coreResources } from "../../../provider/kube/resource";
import type { Condition } from "../../../provider/lifecycle/conditions/condition";
import type { LiveObject } from "../../../provider/lifecycle/outputs";
import { type WaitOutcome, waitFor } from "../../../provider/lifecycle/wait";
import type { Clock } from "../../../provider/runtime/clock";
import { HttpApi, json, status } from "../../fakes/http-api";

/** A clock whose time moves when the test says so. */
class HandClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<{ at: number; wake: () => void }>();

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { at: this.#now + milliseconds, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Second by second, with time for everybody who wakes to act. */
  async advance(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.#now += 1_000;
      for (const sleeper of this.#sleepers) {
        if (sleeper.at > this.#now) continue;
        this.#sleepers.delete(sleeper);
        sleeper.wake();
      }
      await turns();
    }
  }
}

async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 3_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`did not come true: ${what}`);
    await turns(1);
  }
}

/** Met when the object's name of a label says so. */
const byLabel: Condition<LiveObject> = (object) => {
  const state = object?.metadata.labels?.state ?? "absent";
  if (state === "done") return { kind: "met" };
  return state === "broken" ? { kind: "failed", reason: "it broke" } : { kind: "waiting", what: state };
};

describe("waitFor", () => {
  let api: HttpApi;
  let clock: HandClock;
  let said: string[];
  let object: LiveObject | undefined;
  let watch: ServerResponse | undefined;
  let outcome: WaitOutcome | undefined;
  let failure: unknown;

  const inState = (state: string): LiveObject => ({ metadata: { name: "web", uid: "u", labels: { state } } });
  const serve = () => {
    api.answer = (_request, response, url) => {
      if (url.searchParams.get("watch") !== "true") {
        return json(response, 200, { metadata: { resourceVersion: "1" }, items: object === undefined ? [] : [object] });
      }
      response.writeHead(200).flushHeaders();
      watch = response;
    };
  };
  const send = (type: string, next: LiveObject) => {
    object = next;
    watch?.write(`${JSON.stringify({ type, object: next })}\n`);
  };
  const begin = (condition: Condition<LiveObject> = byLabel, timeoutMs = 60_000, signal?: AbortSignal) => {
    waitFor({
      signal,
      client: new KubeClient(api.connection, { fieldManager: "test" }),
      resource: coreResources.secrets,
      address: { namespace: "default", name: "web" },
      condition,
      timeoutMs,
      onProgress: (what) => said.push(what),
      clock,
    }).then(
      (result) => {
        outcome = result;
      },
      (error: unknown) => {
        failure = error;
      },
    );
  };

  beforeEach(async () => {
    api = await HttpApi.open();
    clock = new HandClock();
    said = [];
    object = undefined;
    watch = undefined;
    outcome = undefined;
    failure = undefined;
    serve();
  });
  afterEach(() => api.close());

  it("is over at once when the condition is met, and leaves no line open", async () => {
    object = inState("done");
    begin();
    await until("the end", () => outcome !== undefined);
    expect(outcome).toMatchObject({ kind: "met", object });
    expect(said).toEqual([]);
  });

  it("says what it waits for at once and at each change, and ends with the event that meets it", async () => {
    object = inState("one");
    begin();
    await until("the watch", () => watch !== undefined);
    send("MODIFIED", inState("two"));
    await until("the change", () => said.length === 2);
    send("MODIFIED", inState("two"));
    send("MODIFIED", inState("done"));
    await until("the end", () => outcome !== undefined);
    expect(said).toEqual(["one", "two"]);
    expect(outcome?.kind).toBe("met");
  });

  it("is over at once when the run is cancelled, with what it has seen", async () => {
    const cancel = new AbortController();
    object = inState("one");
    begin(byLabel, 60_000, cancel.signal);
    await until("the watch", () => watch !== undefined);
    cancel.abort(new Error("cancelled"));
    await until("the end", () => outcome !== undefined);
    expect(outcome).toMatchObject({ kind: "failed", object, reason: expect.stringContaining("the run was cancelled") });
  });

  it("does not begin in a run that is cancelled already", async () => {
    begin(byLabel, 60_000, AbortSignal.abort());
    await until("the end", () => outcome !== undefined);
    expect(outcome).toMatchObject({ kind: "failed", object: undefined });
  });

  it("repeats what it waits for every half minute", async () => {
    object = inState("one");
    begin(byLabel, 120_000);
    await until("the watch", () => watch !== undefined);
    await clock.advance(29);
    expect(said).toEqual(["one"]);
    await clock.advance(32);
    expect(said).toEqual(["one", "one", "one"]);
  });

  it("ends with the condition's failure", async () => {
    object = inState("one");
    begin();
    await until("the watch", () => watch !== undefined);
    send("MODIFIED", inState("broken"));
    await until("the end", () => outcome !== undefined);
    expect(outcome).toMatchObject({ kind: "failed", reason: "it broke" });
  });

  it("looks again every second, for conditions that depend on the time", async () => {
    object = inState("one");
    begin((_object, now) =>
      now >= 5_000 ? { kind: "failed", reason: "patience" } : { kind: "waiting", what: "time" },
    );
    await until("the watch", () => watch !== undefined);
    await clock.advance(4);
    expect(outcome).toBeUndefined();
    await clock.advance(1);
    expect(outcome).toMatchObject({ kind: "failed", reason: "patience" });
  });

  it("ends when its time is over, with what it still waited for", async () => {
    object = inState("one");
    begin(byLabel, 10_000);
    await until("the watch", () => watch !== undefined);
    await clock.advance(9);
    expect(outcome).toBeUndefined();
    await clock.advance(1);
    expect(outcome).toMatchObject({ kind: "timedOut", reason: "still waiting after 10 s: one", object });
  });

  it("ends when its time is over though the API never answered", async () => {
    await api.close();
    begin(byLabel, 10_000);
    await until("the fault", () => said.length > 0);
    await clock.advance(10);
    await until("the end", () => outcome !== undefined);
    expect(outcome).toMatchObject({ kind: "timedOut", reason: "still waiting after 10 s: an answer of the API" });
    api = await HttpApi.open();
  });

  it("lasts through an API that goes and comes back, says so once, and sees what changed meanwhile", async () => {
    object = inState("one");
    begin();
    await until("the watch", () => watch !== undefined);
    api.answer = (request) => request.socket.destroy();
    api.cut();
    await until("the fault", () => said.some((line) => line.includes("cannot be reached")));
    await clock.advance(3);
    expect(outcome).toBeUndefined();
    expect(said.filter((line) => line.includes("cannot be reached")).length).toBeLessThanOrEqual(2);
    expect(said.filter((line) => line === "one").length).toBe(1);
    object = inState("done");
    serve();
    await clock.advance(8);
    await until("the end", () => outcome !== undefined);
    expect(outcome?.kind).toBe("met");
  });

  it("sees an object that goes", async () => {
    object = inState("one");
    begin();
    await until("the watch", () => watch !== undefined);
    send("DELETED", inState("one"));
    await until("the absence", () => said.at(-1) === "absent");
  });

  it("gives up on a refusal that does not pass", async () => {
    api.answer = (_request, response) => json(response, 403, status(403, "Forbidden", "no"));
    begin();
    await until("the refusal", () => api.requests.length > 0);
    await turns(20);
    await clock.advance(2);
    await until("the end", () => failure !== undefined);
    expect(failure).toMatchObject({ code: 403 });
  });
});
