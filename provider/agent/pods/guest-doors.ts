/**
 * The doors to guests in launcher pods: for each machine Unix sockets in a folder that its launcher has for them, at which
 * whoever may run a program in the launcher meets the guest's console and screen. Who that is, Kubernetes decides.
 *
 * The folder was the launcher's before it was the agent's: whatever is in it is moved out of the way, never followed, and
 * from then on nobody but the agent can put anything there.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, type FileHandle, lchown, open, rename, unlink } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type DoorName, doorFolder, doorNames, openGreeting, refusalGreeting } from "../../core/guest-door";
import { launcherUser } from "../../core/plan/launcher-pod";
import { hasCode } from "../../runtime/error-code";
import type { Logger } from "../../runtime/log";
import type { GuestAccess, GuestMachine, GuestStream } from "../guests/guest-access";
import { folderMode } from "../volumes/files";
import type { LauncherProcess } from "./launcher";

export interface GuestDoorsOptions {
  readonly guests: Pick<GuestAccess, "openConsole" | "openScreen">;
  readonly log: Logger;
  /** The user that may come in. Default: the launcher's. */
  readonly user?: number;
  /** The folder for the sockets, as seen from here. */
  readonly folderOf?: (launcher: LauncherProcess) => string;
}

/** Connections at one socket; what is beyond is turned away. */
export const mostConnections = 8;
const socketMode = 0o600;

interface Door {
  readonly folder: FileHandle;
  readonly servers: Server[];
  readonly lines: Set<Socket>;
}

export class GuestDoors {
  readonly #o: GuestDoorsOptions;
  /** By the machine's UID; undefined for one whose launcher, of an older release, has no place for doors. */
  readonly #doors = new Map<string, Door | undefined>();

  constructor(options: GuestDoorsOptions) {
    this.#o = options;
  }

  /** As often as it is asked. A door that cannot be opened is told in the log: the guest runs without it. */
  async open(machine: GuestMachine, launcherOf: () => Promise<LauncherProcess>): Promise<void> {
    if (this.#doors.has(machine.uid)) return;
    try {
      const launcher = await launcherOf();
      const path = this.#o.folderOf?.(launcher) ?? `/proc/${launcher.pid}/root${doorFolder}`;
      this.#doors.set(machine.uid, await this.#openAt(path, machine));
    } catch (error) {
      this.#o.log.warn({ err: error, ...machine }, "the way to a guest's console and screen could not be opened");
    }
  }

  async close(uid: string): Promise<void> {
    const door = this.#doors.get(uid);
    this.#doors.delete(uid);
    if (door !== undefined) await closeDoor(door);
  }

  async #openAt(path: string, machine: GuestMachine): Promise<Door | undefined> {
    const folder = await openFolder(path);
    if (folder === undefined) return undefined;
    const door: Door = { folder, servers: [], lines: new Set() };
    try {
      await folder.chown(process.getuid?.() ?? 0, process.getgid?.() ?? 0);
      await folder.chmod(folderMode);
      for (const name of doorNames) await this.#listen(door, name, machine);
      return door;
    } catch (error) {
      await closeDoor(door);
      throw error;
    }
  }

  async #listen(door: Door, name: DoorName, machine: GuestMachine): Promise<void> {
    // By the descriptor: the name has to be short, and must lead to this folder also when it is removed at the end.
    const path = `/proc/self/fd/${door.folder.fd}/${name}`;
    await moveAway(path);
    const server = createServer((line) => {
      door.lines.add(line);
      line.once("close", () => door.lines.delete(line));
      line.on("error", (error) => this.#o.log.debug({ err: error, ...machine }, "a line to a guest was cut"));
      this.#serve(line, name, machine).catch((error: unknown) => {
        line.destroy();
        this.#o.log.warn({ err: error, ...machine }, "a guest could not be reached");
      });
    });
    server.maxConnections = mostConnections;
    door.servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ path }, resolve);
    });
    server.on("error", (error) => this.#o.log.warn({ err: error, ...machine }, "a guest's door has a fault"));
    await chmod(path, socketMode);
    await lchown(path, this.#o.user ?? launcherUser, process.getgid?.() ?? 0);
  }

  async #serve(line: Socket, name: DoorName, machine: GuestMachine): Promise<void> {
    const answer = await this.#enter(name, machine);
    if (answer.open) join(line, answer.stream);
    else {
      line.write(refusalGreeting(answer.message));
      line.destroySoon();
    }
  }

  #enter(name: DoorName, machine: GuestMachine): Promise<GuestStream<Duplex>> {
    const { guests, log } = this.#o;
    log.info({ ...machine, door: name }, "guest stream asked for");
    switch (name) {
      case "console":
        return guests.openConsole(machine, "ifFree");
      case "console-force":
        return guests.openConsole(machine, "takeOver");
      case "screen":
        return guests.openScreen(machine);
    }
  }
}

function join(line: Socket, guest: Duplex): void {
  // What ends the guest's side ends the line; the words for it are with whoever runs the guest.
  guest.on("error", () => line.destroySoon());
  guest.once("end", () => line.destroySoon());
  guest.once("close", () => line.destroySoon());
  line.once("close", () => guest.destroy());
  if (line.destroyed) {
    guest.destroy();
    return;
  }
  line.write(openGreeting);
  line.pipe(guest, { end: false });
  // Whoever leaves the line leaves the guest.
  line.once("end", () => guest.destroy());
  guest.pipe(line, { end: false });
}

/** Undefined when there is none. */
async function openFolder(path: string): Promise<FileHandle | undefined> {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
  try {
    return await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** A folder of that name, of whatever it is full, is left there under another one. */
async function moveAway(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    if (!hasCode(error, "EISDIR", "EPERM")) throw error;
    await rename(path, `${path}.${randomBytes(8).toString("hex")}`);
  }
}

async function closeDoor({ folder, servers, lines }: Door): Promise<void> {
  // The sockets' names are removed at once, while the folder is still open.
  for (const server of servers) server.close();
  for (const line of lines) line.destroy();
  await folder.close();
}
