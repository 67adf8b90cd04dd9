import { describe, expect, test } from "vitest";
import { SharedWork, type Work } from "../../../../../provider/agent/volumes/registry/shared-work";

/** Work that a test ends by hand. */
function controlled() {
  const runs: {
    signal: AbortSignal;
    tell: (words: string) => void;
    end: (result: string) => void;
    fail: (error: Error) => void;
  }[] = [];
  const work: Work<string, string> = (signal, tell) =>
    new Promise((resolve, reject) => {
      runs.push({ signal, tell, end: resolve, fail: reject });
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  return { runs, work };
}

const waiter = () => {
  const leave = new AbortController();
  const heard: string[] = [];
  return { leave, heard, waiter: { signal: leave.signal, onProgress: (words: string) => heard.push(words) } };
};

const turns = () => new Promise((resolve) => setImmediate(resolve));

describe("shared work", () => {
  test("is done once for all who want it, who all hear of it, also of what was said before they came", async () => {
    const shared = new SharedWork<string, string>();
    const { runs, work } = controlled();
    const [a, b] = [waiter(), waiter()];
    const first = shared.join("k", work, a.waiter);
    await turns();
    runs[0]?.tell("half");
    const second = shared.join("k", work, b.waiter);
    runs[0]?.tell("done");
    runs[0]?.end("result");
    expect(await Promise.all([first, second])).toEqual(["result", "result"]);
    expect([a.heard, b.heard]).toEqual([
      ["half", "done"],
      ["half", "done"],
    ]);
    expect(runs).toHaveLength(1);
  });

  test("goes on while one is left, and is given up with the last", async () => {
    const shared = new SharedWork<string, string>();
    const { runs, work } = controlled();
    const [a, b] = [waiter(), waiter()];
    const first = shared.join("k", work, a.waiter);
    const second = shared.join("k", work, b.waiter);
    await turns();
    a.leave.abort(new Error("a leaves"));
    await expect(first).rejects.toThrow("a leaves");
    expect(runs[0]?.signal.aborted).toBe(false);
    b.leave.abort(new Error("b leaves"));
    await expect(second).rejects.toThrow("b leaves");
    expect(runs[0]?.signal.aborted).toBe(true);
    await shared.settled();
  });

  test("that was given up is begun anew for who comes then, as is work that failed", async () => {
    const shared = new SharedWork<string, string>();
    const { runs, work } = controlled();
    const a = waiter();
    const first = shared.join("k", work, a.waiter);
    a.leave.abort(new Error("a leaves"));
    await expect(first).rejects.toThrow("a leaves");
    const second = shared.join("k", work, waiter().waiter);
    await turns();
    runs.at(-1)?.fail(new Error("broken"));
    await expect(second).rejects.toThrow("broken");
    const third = shared.join("k", work, waiter().waiter);
    await turns();
    runs.at(-1)?.end("result");
    expect(await third).toBe("result");
  });

  test("of other keys is other work", async () => {
    const shared = new SharedWork<string, string>();
    const results = ["a", "b"].map((key) => shared.join(key, () => Promise.resolve(key), waiter().waiter));
    expect(await Promise.all(results)).toEqual(["a", "b"]);
  });

  test("is not begun for who has left already", async () => {
    const shared = new SharedWork<string, string>();
    const { runs, work } = controlled();
    const a = waiter();
    a.leave.abort(new Error("gone"));
    await expect(shared.join("k", work, a.waiter)).rejects.toThrow("gone");
    expect(runs).toEqual([]);
  });
});
