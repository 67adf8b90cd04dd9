/** One watch on its way from the server to a client. Each event waits for the scheduler, so a client's view may be old. */

import { UnreachableError } from "../../../provider/kube/errors";
import type { KubeObject } from "../../../provider/kube/resource";
import { silenceMs, type WatchEvent, watchSeconds } from "../../../provider/kube/watch-stream";
import type { Scheduler, SimulatedProcess } from "./scheduler";

type Item = { readonly event: WatchEvent<KubeObject> } | { readonly end: Error | undefined };

export class SimulatedStream implements AsyncIterable<WatchEvent<KubeObject>> {
  readonly process: SimulatedProcess;
  readonly #scheduler: Scheduler;
  readonly #onClose: () => void;
  readonly #onWay: WatchEvent<KubeObject>[] = [];
  readonly #arrived: Item[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #wake: (() => void) | undefined;
  #state: "open" | "choked" | "closed" = "open";

  constructor(process: SimulatedProcess, scheduler: Scheduler, onClose: () => void) {
    this.process = process;
    this.#scheduler = scheduler;
    this.#onClose = onClose;
    this.#timers.push(setTimeout(() => this.cut(undefined), watchSeconds * 1000));
  }

  push(event: WatchEvent<KubeObject>): void {
    if (this.#state === "closed") return;
    this.#onWay.push(event);
    this.#scheduler.add({ label: "watch event", process: this.process, run: () => this.#deliver() });
  }

  /** The line ends, with what is still on its way lost. */
  cut(error: Error | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    for (const timer of this.#timers) clearTimeout(timer);
    this.#onClose();
    this.#arrive({ end: error });
  }

  /** The line stays up and nothing comes any more, until the client notices the silence. */
  choke(): void {
    if (this.#state !== "open") return;
    this.#state = "choked";
    const silent = () => this.cut(new UnreachableError("https://simulated", new Error(`no word for ${silenceMs} ms`)));
    this.#timers.push(setTimeout(silent, silenceMs));
  }

  #deliver(): void {
    const event = this.#onWay.shift();
    if (this.#state === "open" && event !== undefined) this.#arrive({ event });
  }

  #arrive(item: Item): void {
    this.#arrived.push(item);
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<WatchEvent<KubeObject>> {
    try {
      for (;;) {
        const item = this.#arrived.shift();
        if (item === undefined) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        } else if ("event" in item) yield item.event;
        else if (item.end === undefined) return;
        else throw item.end;
      }
    } finally {
      this.cut(undefined);
    }
  }
}
