/** The commands of virtctl that lead to a guest: its serial console, its screen, and what it has printed. */
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { hasCode } from "../../runtime/error-code";
import { parsePort } from "../virt-local/defaults";
import { waysToGuests } from "./choose-ways";
import { type ConsoleEnd, joinConsole, type Terminal } from "./console";
import { runningGuest } from "./guest-target";
import { parseSeconds, type TargetFlags, targeted, withTarget } from "./machine-target";
import { findMachine } from "./owned-machine";
import { openScreenProxy } from "./screen-proxy";
import { findViewer, runViewer } from "./viewer";

const say = (text: string): void => void process.stderr.write(`${text}\n`);

export function addGuestCommands(root: Command): void {
  addConsole(root);
  addScreen(root);
  addLogs(root);
}

const nameOfGuest = "name of the VirtualMachine, or of the OfflineVirtualMachine that has it";

interface ConsoleFlags extends TargetFlags {
  readonly force?: true;
  readonly timeout: number;
  readonly linger: number;
}

function addConsole(root: Command): void {
  const command = root
    .command("console")
    .description("the serial console of a guest; Ctrl-] leaves it")
    .argument("<name>", nameOfGuest)
    .option("--force", "take the place of whoever is at the console")
    .option("--timeout <seconds>", "longest wait for the guest to run", parseSeconds, 300)
    .option(
      "--linger <seconds>",
      "after the end of a piped input, leave when the guest is silent so long",
      parseSeconds,
      2,
    );
  targeted(command).action((name: string, flags: ConsoleFlags) =>
    withTarget(name, flags, async (client, address) => {
      const machine = await runningGuest(client, address, waiting(flags.timeout));
      const ways = await waysToGuests(client);
      const { stream, reason } = await ways.openConsole(machine, flags.force ? "takeOver" : "ifFree");
      const terminal: Terminal = { input: process.stdin, output: process.stdout, onSignal };
      if (process.stdin.isTTY) say(`Connected to ${machine.namespace}/${machine.name}. Ctrl-] leaves.\r`);
      const end = await joinConsole(stream, terminal, { lingerSeconds: flags.linger });
      if (end === "closed" && reason() !== "") throw new Error(`the console was closed: ${reason()}`);
      if (process.stdin.isTTY || end === "closed") say(farewells[end]);
    }),
  );
}

const farewells: Readonly<Record<ConsoleEnd, string>> = {
  detached: "\nLeft the console; the guest goes on.",
  inputEnded: "",
  closed: "\nThe console was closed: the guest is off, or somebody else has taken its place with --force.",
};

function addScreen(root: Command): void {
  const command = root
    .command("vnc")
    .description("the screen of a guest, by a port on this machine and the viewer that it has")
    .argument("<name>", nameOfGuest)
    .option("--proxy-only", "start no viewer")
    .option("--port <port>", "port on 127.0.0.1 (default: any that is free)", parsePort, 0)
    .option("--timeout <seconds>", "longest wait for the guest to run", parseSeconds, 300);
  targeted(command).action((name: string, flags: TargetFlags & { proxyOnly?: true; port: number; timeout: number }) =>
    withTarget(name, flags, async (client, address) => {
      const machine = await runningGuest(client, address, waiting(flags.timeout));
      const ways = await waysToGuests(client);
      const proxy = await openScreenProxy({
        port: flags.port,
        connect: async () => (await ways.openScreen(machine)).stream,
        onFault: (error) => say(`virtctl: ${error instanceof Error ? error.message : String(error)}`),
      });
      process.stdout.write(`vnc://127.0.0.1:${proxy.port}\n`);
      const viewer = flags.proxyOnly ? undefined : findViewer(process.env.PATH ?? "");
      try {
        if (viewer !== undefined) await runViewer(viewer.program, viewer.args(proxy.port));
        else await interrupted(flags.proxyOnly ? "Ctrl-C ends." : "There is no viewer here; use yours. Ctrl-C ends.");
      } finally {
        await proxy.close();
      }
    }),
  );
}

function addLogs(root: Command): void {
  const command = root
    .command("logs")
    .description("what a guest has printed on its serial console, since its machine was made")
    .argument("<name>", nameOfGuest)
    .option("-f, --follow", "go on until the guest is off")
    .option("--tail <lines>", "only so many lines from the end", parseSeconds);
  targeted(command).action((name: string, flags: TargetFlags & { follow?: true; tail?: number }) =>
    withTarget(name, flags, async (client, address) => {
      const { metadata } = await findMachine(client, address);
      const machine = { namespace: address.namespace, name: metadata.name ?? name };
      const ways = await waysToGuests(client);
      const text = await ways.openLog(machine, { tailLines: flags.tail, follow: flags.follow === true });
      try {
        await pipeline(text, process.stdout, { end: false });
      } catch (error) {
        // Whoever reads has seen enough, as in `virtctl logs web | head`.
        if (!hasCode(error, "EPIPE")) throw error;
      }
    }),
  );
}

function waiting(timeoutSeconds: number) {
  return { timeoutSeconds, onProgress: (what: string) => say(`waiting: ${what}`) };
}

const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function onSignal(leave: () => void): () => void {
  for (const signal of endings) process.once(signal, leave);
  return () => {
    for (const signal of endings) process.off(signal, leave);
  };
}

function interrupted(hint: string): Promise<void> {
  say(hint);
  return new Promise((resolve) => {
    const forget = onSignal(() => {
      forget();
      resolve();
    });
  });
}
