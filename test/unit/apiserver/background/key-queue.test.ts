import { describe, expect, it } from "vitest";
import { KeyQueue } from "../../../../provider/apiserver/background/key-queue";
import { eventually } from "../harness";

describe("KeyQueue", () => {
  it("looks once at a key that was added many times", async () => {
    const looked: string[] = [];
    const queue = new KeyQueue({ look: async (key) => void looked.push(key), onError: () => undefined });
    for (let count = 0; count < 5; count++) queue.add("a");
    queue.add("b");
    await eventually(() => looked.length === 2);
    await queue.stop();
    expect(looked).toEqual(["a", "b"]);
  });

  it("looks again at a key that is added during its look", async () => {
    let looks = 0;
    const queue = new KeyQueue({
      look: async (key) => {
        if (++looks === 1) queue.add(key);
      },
      onError: () => undefined,
    });
    queue.add("a");
    await eventually(() => looks === 2);
    await queue.stop();
  });

  it("repeats a failed look, reports it, and goes on with the others", async () => {
    const errors: unknown[] = [];
    const done: string[] = [];
    const queue = new KeyQueue({
      look: async (key) => {
        if (key === "a" && errors.length < 3) throw new Error("not yet");
        done.push(key);
      },
      onError: (_key, error) => void errors.push(error),
      firstPauseMs: 1,
    });
    queue.add("a");
    queue.add("b");
    await eventually(() => done.length === 2);
    await queue.stop();
    expect(done).toEqual(["b", "a"]);
    expect(errors).toHaveLength(3);
  });

  it("looks at nothing after it was stopped", async () => {
    let looks = 0;
    const queue = new KeyQueue({ look: async () => void looks++, onError: () => undefined });
    queue.add("a");
    await queue.stop();
    queue.add("b");
    await new Promise((resolve) => setImmediate(resolve));
    expect(looks).toBe(0);
  });
});
