/**
 * The ways in which people get at a guest of this node without its network: its serial console, its screen, and what it
 * has printed. A way that is closed at the moment is an answer with words for the one who asked, not an error.
 */
import { type Duplex, Readable } from "node:stream";
import {
  ConsoleBusyError,
  type ConsoleMode,
  type DomainRef,
  type Hypervisor,
  HypervisorError,
  HypervisorUnavailableError,
} from "../../libvirt/hypervisor";
import { hasCode } from "../../runtime/error-code";
import type { ConsoleLogs } from "./console-log";
import { connectScreen, screenSocketOf } from "./screen";

export interface GuestMachine {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export type GuestStream<Stream> =
  | { readonly open: true; readonly stream: Stream }
  | { readonly open: false; readonly reason: "busy" | "notRunning" | "unavailable"; readonly message: string };

export interface LogOptions {
  /** Only so many lines from the end. Default: all that is kept. */
  readonly tailLines?: number | undefined;
  /** Goes on until the guest is off. */
  readonly follow: boolean;
}

export interface GuestAccessOptions {
  readonly hypervisor: Hypervisor;
  readonly logs: ConsoleLogs;
}

export class GuestAccess {
  readonly #hypervisor: Hypervisor;
  readonly #logs: ConsoleLogs;

  constructor({ hypervisor, logs }: GuestAccessOptions) {
    this.#hypervisor = hypervisor;
    this.#logs = logs;
  }

  async openConsole(machine: GuestMachine, mode: ConsoleMode): Promise<GuestStream<Duplex>> {
    const answer = await this.#ofRunning(machine, (domain) => this.#hypervisor.openConsole(domain, mode));
    if (answer.open || answer.reason !== "busy" || mode === "ifFree") return answer;
    const message = `another program of the node is at the console of ${subjectOf(machine)}, such as virsh; end it there`;
    return { ...answer, message };
  }

  openScreen(machine: GuestMachine): Promise<GuestStream<Duplex>> {
    return this.#ofRunning(machine, async (domain) => {
      const path = screenSocketOf(await this.#hypervisor.domainXml(domain));
      if (path === undefined) throw new HypervisorUnavailableError("the guest has no screen");
      return connectScreen(path);
    });
  }

  async openLog(machine: GuestMachine, { tailLines, follow }: LogOptions): Promise<GuestStream<Readable>> {
    const isOver = async () => (await this.#running(machine)) === undefined;
    const text = await this.#logs.read(machine.uid, { tailLines, ...(follow ? { isOver } : {}) });
    if (text !== undefined) return { open: true, stream: Readable.from(text, { objectMode: false }) };
    return {
      open: false,
      reason: "notRunning",
      message: `${subjectOf(machine)} has not been started on this node yet`,
    };
  }

  async #ofRunning(
    machine: GuestMachine,
    connect: (domain: DomainRef) => Promise<Duplex>,
  ): Promise<GuestStream<Duplex>> {
    try {
      const domain = await this.#running(machine);
      if (domain !== undefined) return { open: true, stream: await connect(domain) };
      return { open: false, reason: "notRunning", message: `the guest of ${subjectOf(machine)} does not run` };
    } catch (error) {
      return refusalOf(error, machine);
    }
  }

  async #running({ uid }: GuestMachine): Promise<DomainRef | undefined> {
    const domain = await this.#hypervisor.lookupByUuid(uid);
    return domain === undefined || domain.id < 0 ? undefined : domain;
  }
}

const subjectOf = ({ namespace, name }: GuestMachine) => `VirtualMachine ${namespace}/${name}`;

function refusalOf(error: unknown, machine: GuestMachine): GuestStream<never> {
  const subject = subjectOf(machine);
  if (error instanceof ConsoleBusyError) {
    const message = `somebody else is at the console of ${subject}; with --force his place is taken over`;
    return { open: false, reason: "busy", message };
  }
  if (error instanceof HypervisorUnavailableError || error instanceof HypervisorError) {
    return { open: false, reason: "unavailable", message: `${subject}: ${error.message}` };
  }
  if (hasCode(error, "EACCES")) {
    const message = `${subject}: the socket of its screen is QEMU's, and this engine may not use it; run the engine as root, or add its user to the group that QEMU runs as`;
    return { open: false, reason: "unavailable", message };
  }
  if (hasCode(error, "ENOENT", "ECONNREFUSED")) {
    return { open: false, reason: "notRunning", message: `the guest of ${subject} has just ended` };
  }
  throw error;
}
