/**
 * What guests print on their serial consoles, copied to the standard output of their launchers: it is the log of the pod
 * then, for kubectl and whatever else collects pods' logs. How far a copy has come is written down beside the machine, so
 * that an agent that takes over goes on there; one that was killed has repeated what its last half a second has brought.
 *
 * The launcher's output is opened for as long as there is something to say only: whoever waits for its end must not wait
 * for the agent.
 */
import { constants, type FSWatcher, watch } from "node:fs";
import { type FileHandle, open, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../runtime/error-code";
import type { Logger } from "../../runtime/log";
import { textIfThere } from "../../runtime/text-if-there";
import { fileMode } from "../../runtime/whole-file";
import type { ConsoleLogs, LogPosition } from "../guests/console-log";
import type { LauncherProcess } from "./launcher";

export interface ConsoleCopiesOptions {
  readonly logs: Pick<ConsoleLogs, "folderOf" | "readOn">;
  readonly log: Logger;
  /** A machine's own folder. */
  readonly folderOf: (uid: string) => string;
  /** The folder of a process, as seen from here. */
  readonly processFolder?: (launcher: LauncherProcess) => string;
}

/** Milliseconds between two looks at a log to which something is added all the time. */
const intervalMs = 500;
/** Milliseconds between two tries to write to a pipe that is full, and after how many of them the rest waits. */
const fullPipeMs = 50;
const mostTries = 40;
const positionLength = 48;
/** The launcher, or who reads what it says, is gone. */
const goneCodes = ["ENOENT", "ESRCH", "ENXIO", "EPIPE"] as const;

export class ConsoleCopies {
  readonly #o: ConsoleCopiesOptions;
  /** By the machine's UID. */
  readonly #copies = new Map<string, ConsoleCopy>();

  constructor(options: ConsoleCopiesOptions) {
    this.#o = options;
  }

  /** As often as it is asked. A fault is told in the log: the guest runs without a copy. */
  async open(uid: string, launcherOf: () => Promise<LauncherProcess>): Promise<void> {
    const known = this.#copies.get(uid);
    if (known !== undefined) return known.wake();
    try {
      const copy = await this.#start(uid, await launcherOf());
      this.#copies.set(uid, copy);
      copy.wake();
    } catch (error) {
      if (!hasCode(error, ...goneCodes)) {
        this.#o.log.warn({ err: error, uid }, "what a guest prints cannot be copied to its pod's log");
      }
    }
  }

  /** Throws an error with the code ENOENT when the launcher, or the machine's log, is not there. */
  async #start(uid: string, launcher: LauncherProcess): Promise<ConsoleCopy> {
    // By its descriptor this stays the launcher's folder, or nobody's: its number may be another's one day.
    const { O_RDONLY, O_DIRECTORY } = constants;
    const path = this.#o.processFolder?.(launcher) ?? `/proc/${launcher.pid}`;
    const process = await open(path, O_RDONLY | O_DIRECTORY);
    try {
      return new ConsoleCopy(this.#o, uid, process);
    } catch (error) {
      await process.close();
      throw error;
    }
  }

  /** Copies what is left first. */
  async close(uid: string): Promise<void> {
    const copy = this.#copies.get(uid);
    this.#copies.delete(uid);
    await copy?.close();
  }

  /** Copies nothing more; another agent goes on. */
  async stop(): Promise<void> {
    await Promise.all([...this.#copies.keys()].map((uid) => this.close(uid)));
  }
}

class ConsoleCopy {
  readonly #o: ConsoleCopiesOptions;
  readonly #uid: string;
  readonly #process: FileHandle;
  readonly #watcher: FSWatcher;
  #work: Promise<void> | undefined;
  #isStale = false;
  #isClosing = false;
  #endPause: () => void = () => undefined;

  constructor(options: ConsoleCopiesOptions, uid: string, process: FileHandle) {
    this.#o = options;
    this.#uid = uid;
    this.#process = process;
    this.#watcher = watch(options.logs.folderOf(uid), { persistent: false }, () => this.wake());
    this.#watcher.on("error", (error) => this.#tell(error));
  }

  /** There may be something to copy. */
  wake(): void {
    this.#isStale = true;
    this.#work ??= this.#copyOn().finally(() => {
      this.#work = undefined;
    });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#watcher.close();
    this.#endPause();
    await this.#work;
    await this.#copy().catch((error: unknown) => this.#tell(error));
    await this.#process.close();
  }

  async #copyOn(): Promise<void> {
    while (this.#isStale && !this.#isClosing) {
      this.#isStale = false;
      await this.#copy().catch((error: unknown) => this.#tell(error));
      if (!this.#isClosing) await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, intervalMs);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #tell(error: unknown): void {
    this.#o.log.warn({ err: error, uid: this.#uid }, "what a guest prints was not copied to its pod's log");
  }

  async #copy(): Promise<void> {
    const before = await this.#loadPosition();
    let output: FileHandle | undefined;
    let reached = before;
    try {
      for await (const { block, position } of this.#o.logs.readOn(this.#uid, before)) {
        output ??= await this.#openOutput();
        if (output === undefined) return;
        const written = await writeAll(output, block);
        reached = { file: position.file, offset: position.offset + written };
        if (written < block.length) return;
      }
    } catch (error) {
      if (!hasCode(error, ...goneCodes)) throw error;
    } finally {
      await output?.close();
      if (reached !== undefined && reached !== before) await this.#keepPosition(reached);
    }
  }

  /** Undefined when it is no pipe: the launcher's user may have made anything of it. */
  async #openOutput(): Promise<FileHandle | undefined> {
    const path = `/proc/self/fd/${this.#process.fd}/fd/1`;
    if (!(await stat(path)).isFIFO()) return undefined;
    const output = await open(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if ((await output.stat()).isFIFO()) return output;
    await output.close();
    return undefined;
  }

  get #positionFile(): string {
    return join(this.#o.folderOf(this.#uid), "console-copied");
  }

  /** Undefined for none, and for what is none. */
  async #loadPosition(): Promise<LogPosition | undefined> {
    const text = await textIfThere(this.#positionFile);
    if (text === undefined) return undefined;
    const [file, offset] = text.trim().split(" ").map(Number);
    const isSound = Number.isSafeInteger(file) && Number.isSafeInteger(offset);
    return isSound && file !== undefined && offset !== undefined ? { file, offset } : undefined;
  }

  /** In one write, over what is there: there is no moment at which half of it is written. */
  async #keepPosition({ file, offset }: LogPosition): Promise<void> {
    const text = `${file} ${offset}`.padEnd(positionLength);
    try {
      await writeFile(this.#positionFile, text, { flag: "r+" });
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
      await writeFile(this.#positionFile, text, { mode: fileMode });
    }
  }
}

/** How much of it has gone into a pipe that does not block: less than all when nobody has read for a while. */
async function writeAll(output: FileHandle, block: Buffer): Promise<number> {
  let written = 0;
  for (let tries = 0; written < block.length && tries < mostTries; ) {
    try {
      written += (await output.write(block, written)).bytesWritten;
      tries = 0;
    } catch (error) {
      if (!hasCode(error, "EAGAIN")) throw error;
      tries += 1;
      await pause(fullPipeMs);
    }
  }
  return written;
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
