import { type Duplex, duplexPair, PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { joinConsole, type Terminal } from "../../../../provider/cmd/virtctl/console";

interface Desk {
  readonly keyboard: PassThrough & { isTTY?: boolean; setRawMode?: (raw: boolean) => void };
  readonly screen: PassThrough;
  readonly guest: Duplex;
  readonly line: Duplex;
  readonly rawModes: boolean[];
  readonly terminal: Terminal;
  signal(): void;
}

function desk(kind: "terminal" | "pipe"): Desk {
  const [line, guest] = duplexPair();
  const rawModes: boolean[] = [];
  const keyboard: Desk["keyboard"] = new PassThrough();
  if (kind === "terminal") {
    keyboard.isTTY = true;
    keyboard.setRawMode = (raw) => void rawModes.push(raw);
  }
  const screen = new PassThrough();
  let leave: () => void = () => undefined;
  const onSignal = (given: () => void) => {
    leave = given;
    return () => {
      leave = () => undefined;
    };
  };
  const terminal = { input: keyboard, output: screen, onSignal };
  return { keyboard, screen, guest, line, rawModes, terminal, signal: () => leave() };
}

/** What comes out of a stream until it has said this. */
async function until(stream: NodeJS.ReadableStream, words: string): Promise<string> {
  let text = "";
  return new Promise((resolve) => {
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.includes(words)) resolve(text);
    });
  });
}

const long = { lingerSeconds: 60 };

describe("a console at a terminal", () => {
  it("carries keys to the guest and its words back, with every key but one for the guest", async () => {
    const { keyboard, screen, guest, line, terminal, rawModes } = desk("terminal");
    const end = joinConsole(line, terminal, long);
    expect(rawModes).toEqual([true]);
    const typed = until(guest, "\r");
    keyboard.write("ls\x03\x04\r");
    expect(await typed).toBe("ls\x03\x04\r");
    const shown = until(screen, "done");
    guest.write("done");
    await shown;
    keyboard.write("x\x1dnever");
    expect(await end).toBe("detached");
    expect(rawModes).toEqual([true, false]);
    expect(line.destroyed).toBe(true);
  });

  it("is put back when the guest goes, when the line breaks, and when a signal comes", async () => {
    const gone = desk("terminal");
    const first = joinConsole(gone.line, gone.terminal, long);
    gone.guest.end();
    expect(await first).toBe("closed");
    expect(gone.rawModes).toEqual([true, false]);

    const broken = desk("terminal");
    const second = joinConsole(broken.line, broken.terminal, long);
    broken.line.destroy(new Error("cut"));
    await expect(second).rejects.toThrow("cut");
    expect(broken.rawModes).toEqual([true, false]);

    const told = desk("terminal");
    const third = joinConsole(told.line, told.terminal, long);
    told.signal();
    expect(await third).toBe("closed");
    expect(told.rawModes).toEqual([true, false]);
  });

  it("does not read on from a guest that says more than is taken from it", async () => {
    const { screen, guest, line, terminal, keyboard } = desk("terminal");
    const end = joinConsole(line, terminal, long);
    let accepted = 0;
    const flood = Buffer.alloc(16 * 1024);
    const writable = () => guest.write(flood);
    while (writable() && accepted < 10_000) accepted += 1;
    expect(accepted).toBeLessThan(100);
    let shown = 0;
    const all = new Promise<void>((resolve) => {
      screen.on("data", (chunk: Buffer) => {
        shown += chunk.length;
        if (shown === (accepted + 1) * flood.length) resolve();
      });
    });
    await all;
    keyboard.write("\x1d");
    expect(await end).toBe("detached");
  });
});

describe("a console in a pipe", () => {
  it("leaves when the input is at its end and the guest has been silent", async () => {
    const { keyboard, screen, guest, line, terminal } = desk("pipe");
    const end = joinConsole(line, terminal, { lingerSeconds: 0.05 });
    const typed = until(guest, "\n");
    keyboard.end("uname\n");
    expect(await typed).toBe("uname\n");
    const shown = until(screen, "Linux");
    guest.write("Linux");
    expect(await shown).toBe("Linux");
    expect(await end).toBe("inputEnded");
  });

  it("ends when the guest does, whatever is still to be typed", async () => {
    const { guest, line, terminal } = desk("pipe");
    const end = joinConsole(line, terminal, long);
    guest.destroy();
    expect(await end).toBe("closed");
  });
});
