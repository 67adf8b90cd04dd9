/** The ways to a guest that lead through its launcher pod: its console and screen, and the pod's log of what it prints. */
import type { Logger } from "../../runtime/log";
import type { ConsoleLogs } from "../guests/console-log";
import type { GuestAccess, GuestMachine } from "../guests/guest-access";
import { ConsoleCopies } from "./console-copies";
import { GuestDoors } from "./guest-doors";
import type { LauncherProcess } from "./launcher";

export interface LauncherWayParts {
  readonly access: GuestAccess;
  readonly logs: ConsoleLogs;
}

export interface LauncherWaysOptions extends LauncherWayParts {
  /** A machine's own folder. */
  readonly folderOf: (uid: string) => string;
  readonly log: Logger;
}

export class LauncherWays {
  readonly #doors: GuestDoors;
  readonly #copies: ConsoleCopies;

  constructor({ access, logs, folderOf, log }: LauncherWaysOptions) {
    this.#doors = new GuestDoors({ guests: access, log });
    this.#copies = new ConsoleCopies({ logs, folderOf, log });
  }

  /** As often as it is asked. What cannot be opened is told in the log: the guest runs without it. */
  async open(machine: GuestMachine, launcherOf: () => Promise<LauncherProcess>): Promise<void> {
    await this.#doors.open(machine, launcherOf);
    await this.#copies.open(machine.uid, launcherOf);
  }

  /** Of a machine that has ended. `launcherOf`: for what no agent was there to copy; undefined when it has ended too. */
  async close(uid: string, launcherOf: (() => Promise<LauncherProcess>) | undefined): Promise<void> {
    await this.#doors.close(uid);
    if (launcherOf !== undefined) await this.#copies.open(uid, launcherOf);
    await this.#copies.close(uid);
  }

  /** Guests go on, and another agent opens their ways again. */
  stop(): Promise<void> {
    return this.#copies.stop();
  }
}
