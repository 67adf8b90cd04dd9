/**
 * Who is at which serial console. A place is taken over by sending away whoever has it through this process: libvirt's own
 * flag for it (VIR_DOMAIN_CONSOLE_FORCE) can end libvirtd when the one who is sent away leaves at that moment, as seen with
 * 9.0. Who is at a console by another program is left there.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type ConsoleStream, openConsole } from "./console";
import { ConsoleBusyError, type ConsoleMode, type DomainRef } from "./hypervisor";
import type { RpcConnectionOptions } from "./rpc-connection";

/** Milliseconds within which libvirt frees a console that was left, and between two looks. */
const longestFreeingMs = 5_000;
const freeingPauseMs = 50;

export class Consoles {
  readonly #options: RpcConnectionOptions & { readonly uri: string };
  /** Domain UUID → its user's stream. */
  readonly #open = new Map<string, ConsoleStream>();

  constructor(options: RpcConnectionOptions & { readonly uri: string }) {
    this.#options = options;
  }

  /** @throws ConsoleBusyError when somebody is there who is not, or cannot be, sent away. */
  async open(domain: DomainRef, mode: ConsoleMode): Promise<ConsoleStream> {
    const before = this.#open.get(domain.uuid);
    const isTakenOver = mode === "takeOver" && before !== undefined;
    if (isTakenOver) before.leave();
    const stream = isTakenOver ? await this.#openWhenFree(domain) : await openConsole(this.#options, domain);
    this.#open.set(domain.uuid, stream);
    stream.once("close", () => {
      if (this.#open.get(domain.uuid) === stream) this.#open.delete(domain.uuid);
    });
    return stream;
  }

  async #openWhenFree(domain: DomainRef): Promise<ConsoleStream> {
    const deadline = performance.now() + longestFreeingMs;
    for (;;) {
      try {
        return await openConsole(this.#options, domain);
      } catch (error) {
        if (!(error instanceof ConsoleBusyError) || performance.now() > deadline) throw error;
        await sleep(freeingPauseMs);
      }
    }
  }
}
