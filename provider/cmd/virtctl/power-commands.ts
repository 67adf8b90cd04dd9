/** The commands of virtctl that start, stop and hold one machine, on whatever engine kubectl would talk to. */
import type { Command } from "commander";
import type { RunStrategy } from "../../api/v1alpha1/offline-virtual-machine";
import { parseSeconds, type TargetFlags, targeted, withTarget } from "./machine-target";
import { type PauseWish, pause } from "./pause";
import { switchPower } from "./power";
import { restart } from "./restart";

type Print = (text: string) => void;

export function addPowerCommands(root: Command, print: Print): void {
  addPowerSwitch(root, print, { verb: "start", wanted: "Always" });
  addPowerSwitch(root, print, { verb: "stop", wanted: "Halted" });
  addRestart(root, print);
  addPause(root, print, { wish: "pause", description: "hold a guest: it keeps its memory and does nothing" });
  addPause(root, print, { wish: "unpause", description: "let a guest go on that is paused, by whomever" });
}

function addPowerSwitch(root: Command, print: Print, { verb, wanted }: { verb: string; wanted: RunStrategy }): void {
  const command = root
    .command(verb)
    .description(`${verb} an OfflineVirtualMachine: runStrategy ${wanted}`)
    .argument("<name>", "name of the OfflineVirtualMachine");
  targeted(command).action(async (name: string, flags: TargetFlags) => {
    print(await withTarget(name, flags, (client, address) => switchPower(client, address, wanted)));
  });
}

interface RestartFlags extends TargetFlags {
  readonly gracePeriod?: number;
  readonly force?: true;
  readonly wait?: true;
  readonly timeout: number;
}

function addRestart(root: Command, print: Print): void {
  const command = root
    .command("restart")
    .description("end the guest of an OfflineVirtualMachine by its power button, and make its machine again")
    .argument("<name>", "name of the OfflineVirtualMachine")
    .option(
      "--grace-period <seconds>",
      "between the power button and the plug (default: what its machine says)",
      parseSeconds,
    )
    .option("--force", "pull the plug at once: --grace-period 0")
    .option("--wait", "return when the new guest runs")
    .option("--timeout <seconds>", "longest wait", parseSeconds, 300);
  targeted(command).action(async (name: string, flags: RestartFlags) => {
    const { force, gracePeriod, timeout: timeoutSeconds } = flags;
    if (force && gracePeriod !== undefined) throw new Error("--force and --grace-period exclude each other");
    const onProgress = (what: string) => void process.stderr.write(`waiting: ${what}\n`);
    const options = {
      gracePeriod: force ? 0 : gracePeriod,
      wait: flags.wait ? { timeoutSeconds, onProgress } : undefined,
    };
    print(await withTarget(name, flags, (client, address) => restart(client, address, options)));
  });
}

function addPause(
  root: Command,
  print: Print,
  { wish, description }: { readonly wish: PauseWish; readonly description: string },
): void {
  const command = root
    .command(wish)
    .description(description)
    .usage("[options] [vm] <name>")
    .argument("<name...>", "name of the VirtualMachine, or of the OfflineVirtualMachine that has it")
    .option("--timeout <seconds>", "longest wait for the node", parseSeconds, 30);
  targeted(command).action(async (words: readonly string[], flags: TargetFlags & { timeout: number }) => {
    const options = { timeoutSeconds: flags.timeout };
    print(await withTarget(nameIn(words), flags, (client, address) => pause(client, address, wish, options)));
  });
}

/** `NAME` or `vm NAME`. */
function nameIn(words: readonly string[]): string {
  const [first = "", second, ...surplus] = words;
  if (second === undefined) return first;
  if (!/^(vm|vms|virtualmachines?)$/.test(first) || surplus.length > 0) {
    throw new Error(`one machine at a time, as "vm NAME" or "NAME": got ${JSON.stringify(words.join(" "))}`);
  }
  return second;
}
