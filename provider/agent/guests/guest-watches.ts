/**
 * The guests of this node of which something is asked, each with its watch. Keeps nothing that must outlive the agent: what
 * was found is in the machine's status, and another agent looks again.
 */
import { isDeepStrictEqual } from "node:util";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import type { NewCondition } from "../../core/conditions";
import { guestWaitsOf } from "../../core/wait-for";
import { keyOf } from "../../kube/resource";
import type { DomainRef, Hypervisor } from "../../libvirt/hypervisor";
import type { Clock } from "../../runtime/clock";
import type { Logger } from "../../runtime/log";
import { uidOf } from "../machine-identity";
import { agentChannelOf } from "./agent-channel";
import { CloudInitEnd } from "./cloud-init-end";
import type { ConsoleLogs } from "./console-log";
import { GuestWatch } from "./guest-watch";
import { type TryPort, tryTcpPort } from "./tcp-port";

export interface GuestWatchesOptions {
  readonly hypervisor: Pick<Hypervisor, "domainXml">;
  readonly logs: Pick<ConsoleLogs, "readOn"> | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Has a machine looked at, by its key. */
  readonly wake: (key: string) => void;
  /** Default: tryTcpPort. */
  readonly tryPort?: TryPort | undefined;
}

interface Watched {
  /** What the watch follows from. With anything else it is another watch. */
  readonly subject: object;
  readonly uid: string;
  readonly watch: GuestWatch;
}

export class GuestWatches {
  readonly #o: GuestWatchesOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #ending = new Set<Promise<void>>();

  constructor(options: GuestWatchesOptions) {
    this.#o = options;
  }

  /** Of a guest that runs; as often as it is asked. */
  follow(vm: VirtualMachine, { domain, ip }: { readonly domain: DomainRef; readonly ip: string }): void {
    const key = keyOf(vm);
    const waits = guestWaitsOf(vm.metadata);
    const uid = uidOf(vm);
    const subject = { uid, ip, waits };
    const known = this.#watched.get(key);
    if (known !== undefined && isDeepStrictEqual(known.subject, subject)) return;
    this.forget(key);
    if (waits.length === 0) return;
    const { hypervisor, logs, clock, log, wake, tryPort = tryTcpPort } = this.#o;
    const watch = new GuestWatch({
      waits,
      address: ip,
      before: vm.status?.conditions,
      tryPort,
      cloudInit: logs && new CloudInitEnd(logs, uid),
      agentChannel: async () => agentChannelOf(await hypervisor.domainXml(domain)),
      clock,
      log,
      onChange: () => wake(key),
    });
    this.#watched.set(key, { subject, uid, watch });
  }

  /** What is known of the machine's guest by now. */
  findings(vm: VirtualMachine): readonly NewCondition[] {
    const known = this.#watched.get(keyOf(vm));
    return known === undefined || known.uid !== vm.metadata.uid ? [] : known.watch.findings;
  }

  /** The guest's agent came or went; without a key, any guest's may have. */
  agentChanged(key?: string): void {
    if (key !== undefined) this.#watched.get(key)?.watch.news();
    else for (const { watch } of this.#watched.values()) watch.news();
  }

  /** Its guest runs no more. None is an answer. */
  forget(key: string): void {
    const known = this.#watched.get(key);
    if (known === undefined) return;
    this.#watched.delete(key);
    const ending = known.watch.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  async stop(): Promise<void> {
    for (const key of [...this.#watched.keys()]) this.forget(key);
    await Promise.all(this.#ending);
  }
}
