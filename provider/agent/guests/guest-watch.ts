/**
 * Looks at the guest of one machine until all that is asked of it is so: tries its ports, reads what it prints, asks whether
 * its agent is there. What was so once stays so for this run, but for the agent, which libvirt tells us of.
 *
 *   look ──► not all is so ──► pause, a tenth of the time since the start ──► look
 *      └───► all is so ──► an agent that is asked for may leave: look when libvirt has news ; else the end
 */
import { isDeepStrictEqual } from "node:util";
import type { Condition } from "../../api/meta";
import { findCondition, type NewCondition } from "../../core/conditions";
import { type GuestWait, guestConditionTypes } from "../../core/wait-for";
import type { Clock } from "../../runtime/clock";
import type { Logger } from "../../runtime/log";
import type { AgentChannel } from "./agent-channel";
import type { CloudInitEnd } from "./cloud-init-end";
import { agentFinding, cloudInitFinding, tcpFinding } from "./guest-findings";
import type { TryPort } from "./tcp-port";

export interface GuestWatchOptions {
  readonly waits: readonly GuestWait[];
  readonly address: string;
  /** What the machine's status said when the watch began. */
  readonly before: readonly Condition[] | undefined;
  readonly tryPort: TryPort;
  /** Undefined where nothing of what guests print is kept. */
  readonly cloudInit: Pick<CloudInitEnd, "look"> | undefined;
  readonly agentChannel: () => Promise<AgentChannel>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Something else is so than before. */
  readonly onChange: () => void;
}

/** Milliseconds between two looks: a tenth of the time since the first, within these bounds. */
const pauseBounds = { least: 500, most: 30_000 } as const;

export class GuestWatch {
  readonly #o: GuestWatchOptions;
  readonly #abort = new AbortController();
  readonly #findings = new Map<GuestWait["kind"], NewCondition>();
  readonly #ended: Promise<void>;
  #hasNews = false;
  #endPause: () => void = () => undefined;

  constructor(options: GuestWatchOptions) {
    this.#o = options;
    this.#recall();
    this.#ended = this.#run();
  }

  get findings(): readonly NewCondition[] {
    return [...this.#findings.values()];
  }

  /** libvirt may have something else to say of the agent. */
  news(): void {
    this.#hasNews = true;
    this.#endPause();
  }

  async end(): Promise<void> {
    this.#abort.abort(new Error("nobody looks at this guest any more"));
    this.#endPause();
    await this.#ended;
  }

  /** What an agent before this one has found, if it still is what is asked. */
  #recall(): void {
    const { address, before } = this.#o;
    const port = tcpFinding(address, this.#ports, new Map());
    const recalled = findCondition(before, port.type);
    if (recalled?.status === "True" && recalled.message === port.message) this.#findings.set("tcp", port);
    const finished = findCondition(before, guestConditionTypes["cloud-init"]);
    if (finished?.status !== "True") return;
    const { type, status, reason = "Finished", message = "" } = finished;
    this.#findings.set("cloud-init", { type, status, reason, message });
  }

  get #ports(): readonly number[] {
    return [...new Set(this.#o.waits.flatMap((wait) => (wait.kind === "tcp" ? [wait.port] : [])))];
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const kinds = [...new Set(this.#o.waits.map(({ kind }) => kind))];
    const began = this.#o.clock.now();
    while (!signal.aborted) {
      this.#hasNews = false;
      const looks = await Promise.all(kinds.map((kind) => this.#look(kind)));
      // Once for all of them: each may be a write.
      if (looks.includes("new") && !signal.aborted) this.#o.onChange();
      const isAllSo = kinds.every((kind) => this.#isSo(kind));
      if (isAllSo && !kinds.includes("guest-agent")) return;
      const elapsed = this.#o.clock.now() - began;
      const pause = Math.min(Math.max(elapsed / 10, pauseBounds.least), pauseBounds.most);
      if (!this.#hasNews) await this.#pause(isAllSo ? undefined : pause);
    }
  }

  #isSo(kind: GuestWait["kind"]): boolean {
    return this.#findings.get(kind)?.status === "True";
  }

  async #look(kind: GuestWait["kind"]): Promise<"new" | "same"> {
    if (this.#isSo(kind) && kind !== "guest-agent") return "same";
    try {
      const found = await this.#find(kind);
      if (this.#abort.signal.aborted || isDeepStrictEqual(found, this.#findings.get(kind))) return "same";
      this.#findings.set(kind, found);
      return "new";
    } catch (error) {
      // Such as libvirt that is away: what was found before stays, and the next look may find more.
      this.#o.log.debug({ err: error, kind }, "a guest could not be looked at");
      return "same";
    }
  }

  async #find(kind: GuestWait["kind"]): Promise<NewCondition> {
    const { address, tryPort, cloudInit, agentChannel } = this.#o;
    switch (kind) {
      case "tcp": {
        const tries = this.#ports.map(
          async (port) => [port, await tryPort(address, port, this.#abort.signal)] as const,
        );
        const failures = (await Promise.all(tries)).flatMap(([port, why]) =>
          why === undefined ? [] : [[port, why] as const],
        );
        return tcpFinding(address, this.#ports, new Map(failures));
      }
      case "cloud-init": {
        if (cloudInit === undefined) return cloudInitFinding("noLog");
        const version = await cloudInit.look();
        return cloudInitFinding(version === undefined ? "running" : { version });
      }
      case "guest-agent":
        return agentFinding(await agentChannel());
    }
  }

  /** Until the time is over, or there is news, or the watch ends. */
  async #pause(milliseconds: number | undefined): Promise<void> {
    const { signal } = this.#abort;
    if (signal.aborted) return;
    const cut = new AbortController();
    const news = new Promise<void>((resolve) => {
      this.#endPause = resolve;
    });
    // The sleep's rejection is its way of saying that it was cut short, which is all that is wanted here.
    const tick =
      milliseconds === undefined ? news : this.#o.clock.sleep(milliseconds, cut.signal).catch(() => undefined);
    await Promise.race([news, tick]);
    cut.abort(new Error("woken"));
  }
}
