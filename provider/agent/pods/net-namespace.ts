/** The network of a pod, held open by a descriptor: a process id may be another's by the time a command enters by it. */
import { type FileHandle, open } from "node:fs/promises";
import type { RunCommand } from "../volumes/run-command";

export class NetNamespace {
  readonly #handle: FileHandle;
  readonly #run: RunCommand;

  private constructor(handle: FileHandle, run: RunCommand) {
    this.#handle = handle;
    this.#run = run;
  }

  /** Of a process of this node. Throws an error with the code ENOENT when there is no such process. */
  static async of(pid: number, run: RunCommand): Promise<NetNamespace> {
    return new NetNamespace(await open(`/proc/${pid}/ns/net`, "r"), run);
  }

  /** Runs a program of this node in that network, and returns what it prints. */
  async run(command: string, args: readonly string[]): Promise<string> {
    let output = "";
    await this.#run("nsenter", ["--net=/proc/self/fd/3", "--", command, ...args], {
      descriptor: this.#handle.fd,
      onOutput: (text) => {
        output += text;
      },
    });
    return output;
  }

  ip(...args: readonly string[]): Promise<string> {
    return this.run("ip", args);
  }

  /** What `ip -json` prints; nothing printed is an empty list. */
  async ipList(...args: readonly string[]): Promise<readonly unknown[]> {
    const text = (await this.ip("-json", ...args)).trim();
    const list: unknown = text === "" ? [] : JSON.parse(text);
    return Array.isArray(list) ? list : [];
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
