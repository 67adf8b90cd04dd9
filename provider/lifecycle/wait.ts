/**
 * Waits until a condition on one object is met, has failed, or the time is over. Watches rather than polls, looks again
 * every second for conditions that depend on time, and says what it waits for whenever that changes.
 */
import type { KubeClient } from "../kube/client";
import { isTransient } from "../kube/errors";
import type { ResourceKind } from "../kube/resource";
import { backoffDelay } from "../runtime/backoff";
import { type Clock, systemClock } from "../runtime/clock";
import type { Condition } from "./conditions/condition";
import type { LiveObject } from "./outputs";

export interface WaitOptions {
  readonly client: KubeClient;
  readonly resource: ResourceKind;
  readonly address: { readonly namespace: string; readonly name: string };
  readonly condition: Condition<LiveObject>;
  readonly timeoutMs: number;
  /** Called with what is waited for, at once, at each change, and every half minute. */
  readonly onProgress: (what: string) => void;
  /** Ends the wait before its time. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

export type WaitOutcome =
  | { readonly kind: "met"; readonly object: LiveObject | undefined }
  | { readonly kind: "failed" | "timedOut"; readonly object: LiveObject | undefined; readonly reason: string };

const tickMs = 1_000;
const reminderMs = 30_000;
const cancelled = 'the run was cancelled; the next "pulumi up" goes on from here';

export async function waitFor(options: WaitOptions): Promise<WaitOutcome> {
  const wait = new Wait(options);
  try {
    return await wait.run();
  } finally {
    wait.end();
  }
}

class Wait {
  readonly #o: WaitOptions;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #deadline: number;
  #object: LiveObject | undefined;
  #known = false;
  /** What was said last of the object, and of the API's absence. */
  readonly #said = new Map<"object" | "absence", { what: string; at: number }>();
  #wake: () => void = () => undefined;
  readonly #look = () => this.#wake();

  constructor(options: WaitOptions) {
    this.#o = options;
    this.#clock = options.clock ?? systemClock;
    this.#deadline = this.#clock.now() + options.timeoutMs;
  }

  end(): void {
    this.#abort.abort(new Error("the wait is over"));
  }

  async run(): Promise<WaitOutcome> {
    let failure: unknown;
    const { signal } = this.#o;
    signal?.addEventListener("abort", this.#look, { signal: this.#abort.signal });
    const following = this.#follow().catch((error: unknown) => {
      failure = error;
      this.#wake();
    });
    for (;;) {
      if (failure !== undefined) throw failure;
      if (signal?.aborted === true) return { kind: "failed", object: this.#object, reason: cancelled };
      if (this.#known) {
        const verdict = this.#o.condition(this.#object, this.#clock.now());
        if (verdict.kind === "met") return { kind: "met", object: this.#object };
        if (verdict.kind === "failed") return { kind: "failed", object: this.#object, reason: verdict.reason };
        this.#say("object", verdict.what);
      }
      if (this.#clock.now() >= this.#deadline) {
        const what = this.#said.get("object")?.what ?? "an answer of the API";
        return {
          kind: "timedOut",
          object: this.#object,
          reason: `still waiting after ${this.#o.timeoutMs / 1000} s: ${what}`,
        };
      }
      await this.#changeOrTick();
      void following;
    }
  }

  #say(of: "object" | "absence", what: string): void {
    const now = this.#clock.now();
    const last = this.#said.get(of);
    if (last?.what === what && now - last.at < reminderMs) return;
    this.#said.set(of, { what, at: now });
    this.#o.onProgress(what);
  }

  async #changeOrTick(): Promise<void> {
    const ticked = new AbortController();
    const changed = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    // The sleep's rejection is its way of saying that it was cut short, which is all that is wanted here.
    const tick = this.#clock.sleep(tickMs, ticked.signal).catch(() => undefined);
    await Promise.race([changed, tick]);
    ticked.abort(new Error("woken"));
  }

  async #follow(): Promise<void> {
    const { client, resource, address } = this.#o;
    const { namespace, name } = address;
    const signal = this.#abort.signal;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const fieldSelector = `metadata.name=${name}`;
        const list = await client.list<LiveObject>(resource, { namespace, fieldSelector, signal });
        this.#see(list.items[0]);
        failures = 0;
        const events = await client.watch<LiveObject>(resource, {
          namespace,
          fieldSelector,
          resourceVersion: list.resourceVersion,
          signal,
        });
        for await (const event of events) {
          if (event.type === "DELETED") this.#see(undefined);
          else if (event.type !== "BOOKMARK") this.#see(event.object);
        }
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        if (!isTransient(error) && failures > 1) throw error;
        if (isTransient(error)) this.#say("absence", error instanceof Error ? error.message : String(error));
        await this.#clock.sleep(backoffDelay(failures, { initial: 200, max: 5_000 }), signal).catch(() => undefined);
      }
    }
  }

  #see(object: LiveObject | undefined): void {
    this.#object = object;
    this.#known = true;
    this.#wake();
  }
}
