import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Reconcile, WorkQueue } from "../../../provider/kube/work-queue";
import { silentLogger } from "../../../provider/runtime/log";

/** Work that a test ends when it likes. */
class Bench {
  readonly begun: string[] = [];
  readonly #open = new Map<string, { resolve: (value: undefined) => void; reject: (error: Error) => void }>();

  readonly reconcile: Reconcile = (key) => {
    this.begun.push(key);
    return new Promise((resolve, reject) => this.#open.set(key, { resolve, reject }));
  };

  get running(): readonly string[] {
    return [...this.#open.keys()];
  }

  async succeed(key: string): Promise<void> {
    this.#take(key).resolve(undefined);
    await settle();
  }

  async fail(key: string): Promise<void> {
    this.#take(key).reject(new Error("no luck"));
    await settle();
  }

  #take(key: string) {
    const work = this.#open.get(key);
    if (work === undefined) throw new Error(`${key} is not being worked on`);
    this.#open.delete(key);
    return work;
  }
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("WorkQueue", () => {
  let bench: Bench;
  let queue: WorkQueue;
  const open = (options: { concurrency?: number } = {}) => {
    queue = new WorkQueue({
      reconcile: bench.reconcile,
      log: silentLogger,
      backoff: { initial: 100, max: 400, jitter: 0 },
      ...options,
    });
  };

  beforeEach(() => {
    vi.useFakeTimers();
    bench = new Bench();
    open();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("works on several keys at once, up to its bound, first come first", async () => {
    open({ concurrency: 2 });
    for (const key of ["a", "b", "c", "d"]) queue.add(key);
    await settle();
    expect(bench.running).toEqual(["a", "b"]);
    await bench.succeed("b");
    expect(bench.running).toEqual(["a", "c"]);
  });

  it("never works on one key twice at the same time", async () => {
    queue.add("a");
    await settle();
    queue.add("a");
    queue.add("a");
    await settle();
    expect(bench.begun).toEqual(["a"]);
    await bench.succeed("a");
    expect(bench.begun).toEqual(["a", "a"]);
    await bench.succeed("a");
    expect(bench.begun).toEqual(["a", "a"]);
  });

  it("holds a waiting key once, however often it is added", async () => {
    open({ concurrency: 1 });
    queue.add("a");
    for (let time = 0; time < 10; time += 1) queue.add("b");
    await settle();
    await bench.succeed("a");
    await bench.succeed("b");
    expect(bench.begun).toEqual(["a", "b"]);
  });

  it("comes again after a back-off that grows with each failure up to its bound, and starts anew after a success", async () => {
    queue.add("a");
    await settle();
    for (const delay of [100, 200, 400, 400]) {
      await bench.fail("a");
      const before = bench.begun.length;
      await vi.advanceTimersByTimeAsync(delay - 1);
      expect(bench.begun.length).toBe(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(bench.begun.length).toBe(before + 1);
    }
    await bench.succeed("a");
    queue.add("a");
    await settle();
    await bench.fail("a");
    await vi.advanceTimersByTimeAsync(100);
    expect(bench.running).toEqual(["a"]);
  });

  it("does not wait for the back-off when news comes", async () => {
    queue.add("a");
    await settle();
    await bench.fail("a");
    queue.add("a");
    await settle();
    expect(bench.begun).toEqual(["a", "a"]);
    await bench.succeed("a");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bench.begun).toEqual(["a", "a"]);
  });

  it("works again at once when news came during work that failed", async () => {
    queue.add("a");
    await settle();
    queue.add("a");
    await bench.fail("a");
    expect(bench.begun).toEqual(["a", "a"]);
  });

  it("lets no nudge cut a back-off short, neither one during the work nor one after it", async () => {
    queue.add("a");
    await settle();
    queue.nudge("a");
    await bench.fail("a");
    queue.nudge("a");
    await vi.advanceTimersByTimeAsync(99);
    expect(bench.begun).toEqual(["a"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(bench.begun).toEqual(["a", "a"]);
  });

  it("takes a nudge like news for a key that is well", async () => {
    queue.nudge("a");
    await settle();
    queue.nudge("a");
    await bench.succeed("a");
    expect(bench.begun).toEqual(["a", "a"]);
  });

  it("takes news over a nudge that came before it", async () => {
    queue.add("a");
    await settle();
    queue.nudge("a");
    queue.add("a");
    queue.nudge("a");
    await bench.fail("a");
    expect(bench.begun).toEqual(["a", "a"]);
  });

  it("comes again after the delay that the work asked for, and the earliest of several counts", async () => {
    queue.addAfter("a", 500);
    queue.addAfter("a", 200);
    queue.addAfter("a", 300);
    await vi.advanceTimersByTimeAsync(199);
    expect(bench.begun).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(bench.begun).toEqual(["a"]);
    await bench.succeed("a");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bench.begun).toEqual(["a"]);
  });

  it("keeps its delays when the wall clock jumps", async () => {
    queue.addAfter("a", 500);
    vi.setSystemTime(Date.now() - 3_600_000);
    queue.addAfter("a", 600);
    await vi.advanceTimersByTimeAsync(500);
    expect(bench.begun).toEqual(["a"]);
  });

  it("keeps one key's failures from delaying another", async () => {
    open({ concurrency: 1 });
    queue.add("bad");
    await settle();
    await bench.fail("bad");
    queue.add("good");
    await settle();
    expect(bench.running).toEqual(["good"]);
  });

  it("survives work that throws before it returns a promise", async () => {
    let tries = 0;
    const broken = new WorkQueue({
      reconcile: () => {
        tries += 1;
        throw new Error("at once");
      },
      log: silentLogger,
      backoff: { initial: 100, max: 100, jitter: 0 },
    });
    broken.add("a");
    await vi.advanceTimersByTimeAsync(100);
    expect(tries).toBe(2);
    await broken.stop();
  });

  it("stops: takes nothing more, tells running work, and waits for it", async () => {
    const signals: AbortSignal[] = [];
    let finish: () => void = () => undefined;
    const stopping = new WorkQueue({
      reconcile: (_key, signal) => {
        signals.push(signal);
        return new Promise((resolve) => {
          finish = () => resolve(undefined);
        });
      },
      log: silentLogger,
      concurrency: 1,
    });
    stopping.add("a");
    stopping.add("b");
    stopping.addAfter("c", 10);
    await settle();
    stopping.add("a");
    let stopped = false;
    const end = stopping.stop().then(() => {
      stopped = true;
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stopped).toBe(false);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    finish();
    await end;
    stopping.add("d");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(signals.length).toBe(1);
  });
});
