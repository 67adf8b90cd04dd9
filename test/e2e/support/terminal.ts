/** A shell that a test types into, line by line, as a person does: what one line sets, the next ones have. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Finished } from "./command.ts";

export class Terminal {
  readonly #shell: ChildProcess;
  #unread = "";
  #arrived: () => void = () => {};

  constructor(env: NodeJS.ProcessEnv) {
    this.#shell = spawn("bash", ["--noprofile", "--norc"], { env, cwd: env.HOME, stdio: ["pipe", "pipe", "pipe"] });
    for (const stream of [this.#shell.stdout, this.#shell.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#unread += text;
        this.#arrived();
      });
    }
    this.#shell.once("exit", () => this.#arrived());
  }

  /** Types one command and reads what it prints until it has ended. Its own input is empty. */
  async type(command: string, seconds = 600): Promise<Finished> {
    const end = `ended-${Math.random().toString(36).slice(2)}`;
    // Nothing of what is typed later is the command's: a script that is read from here would be eaten by it.
    this.#shell.stdin?.write(`{ ${command.trimEnd()}\n} </dev/null 2>&1; printf '\\n%s %s\\n' ${end} $?\n`);
    const pattern = new RegExp(`\\n${end} (\\d+)\\n`);
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const found = pattern.exec(this.#unread);
      if (found !== null) {
        const stdout = this.#unread.slice(0, found.index);
        this.#unread = this.#unread.slice(found.index + found[0].length);
        return { code: Number(found[1]), output: stdout, stdout };
      }
      if (this.#shell.exitCode !== null) throw new Error(`the shell ended at ${command}: ${this.#unread}`);
      if (Date.now() > deadline) throw new Error(`not ended after ${seconds} s: ${command}\n${this.#unread}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now());
        this.#arrived = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#shell.stdin?.end();
  }
}
