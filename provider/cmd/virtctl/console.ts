/**
 * `virtctl console`: joins a terminal, or a pipe, to a guest's serial console. A terminal is in raw mode meanwhile, so
 * that every key but the one that leaves goes to the guest, and is put back however this ends.
 */
import type { Duplex, Readable, Writable } from "node:stream";

/** Ctrl-], as in telnet and virsh. */
export const detachKey = 0x1d;

export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly output: Writable;
  /** Calls back when the process is about to end by a signal; returns how to take that back. */
  readonly onSignal: (leave: () => void) => () => void;
}

export type ConsoleEnd = "detached" | "closed" | "inputEnded";

export interface ConsoleOptions {
  /** After the end of a piped input: leaves when the guest has been silent for so many seconds. */
  readonly lingerSeconds: number;
}

/** Resolves when the user or the guest has left; throws when the line breaks. The line is destroyed. */
export async function joinConsole(line: Duplex, terminal: Terminal, options: ConsoleOptions): Promise<ConsoleEnd> {
  const { input, output } = terminal;
  const isTerminal = input.isTTY === true;
  const forget = terminal.onSignal(() => line.destroy());
  if (isTerminal) input.setRawMode?.(true);
  try {
    return await new Conversation(line, terminal, options).end;
  } finally {
    forget();
    line.destroy();
    if (isTerminal) input.setRawMode?.(false);
    input.pause();
    output.removeAllListeners("drain");
  }
}

class Conversation {
  readonly end: Promise<ConsoleEnd>;
  readonly #line: Duplex;
  readonly #terminal: Terminal;
  readonly #lingerMs: number;
  #settle: (end: ConsoleEnd) => void = () => undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(line: Duplex, terminal: Terminal, { lingerSeconds }: ConsoleOptions) {
    this.#line = line;
    this.#terminal = terminal;
    this.#lingerMs = lingerSeconds * 1000;
    this.end = new Promise<ConsoleEnd>((resolve, reject) => {
      this.#settle = resolve;
      line.once("error", reject);
      terminal.output.once("error", reject);
    }).finally(() => this.#stop());
    line.once("close", () => this.#settle("closed"));
    line.once("end", () => this.#settle("closed"));
    // It may have ended before anybody was told.
    if (line.destroyed || line.readableEnded) this.#settle("closed");
    line.on("data", this.#show);
    terminal.input.on("data", this.#type);
    terminal.input.once("end", this.#inputEnded);
  }

  #stop(): void {
    clearTimeout(this.#linger);
    const { input } = this.#terminal;
    this.#line.off("data", this.#show);
    input.off("data", this.#type);
    input.off("end", this.#inputEnded);
  }

  readonly #show = (chunk: Buffer): void => {
    this.#linger?.refresh();
    if (this.#terminal.output.write(chunk)) return;
    this.#line.pause();
    this.#terminal.output.once("drain", () => this.#line.resume());
  };

  readonly #type = (typed: Buffer | string): void => {
    const keys = Buffer.isBuffer(typed) ? typed : Buffer.from(typed);
    const leave = keys.indexOf(detachKey);
    const wanted = leave < 0 ? keys : keys.subarray(0, leave);
    if (wanted.length > 0 && !this.#line.write(wanted)) {
      this.#terminal.input.pause();
      this.#line.once("drain", () => this.#terminal.input.resume());
    }
    if (leave >= 0) this.#settle("detached");
  };

  readonly #inputEnded = (): void => {
    this.#linger = setTimeout(() => this.#settle("inputEnded"), this.#lingerMs);
  };
}
