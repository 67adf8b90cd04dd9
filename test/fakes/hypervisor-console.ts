/** Serial consoles of guests in memory: one user at a time. A guest says back what is typed, as a terminal's echo does. */
import { type Duplex, duplexPair } from "node:stream";
import { ConsoleBusyError, type ConsoleMode } from "../../provider/libvirt/hypervisor";

export class FakeConsoles {
  /** Domain UUID → the guest's end of the line. */
  readonly #guests = new Map<string, Duplex>();

  open(domain: { readonly name: string; readonly uuid: string }, mode: ConsoleMode): Duplex {
    const before = this.#guests.get(domain.uuid);
    if (before !== undefined && mode === "ifFree") throw new ConsoleBusyError(domain.name);
    before?.end();
    const [user, guest] = duplexPair();
    this.#guests.set(domain.uuid, guest);
    guest.on("data", (typed) => guest.write(typed));
    user.once("close", () => {
      if (this.#guests.get(domain.uuid) === guest) this.#guests.delete(domain.uuid);
      guest.destroy();
    });
    return user;
  }

  /** The guest's end of the line; undefined while nobody is at the console. */
  guest(uuid: string): Duplex | undefined {
    return this.#guests.get(uuid);
  }

  /** The guest is off. */
  end(uuid: string): void {
    this.#guests.get(uuid)?.end();
    this.#guests.delete(uuid);
  }
}
