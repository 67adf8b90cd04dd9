/** The commands of virtctl that look at manifests only: no engine, no libvirt, no network. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Answer, unreadable } from "./answer";
import { type DomxmlFlags, domxml } from "./domxml";
import { type RenderFlags, render } from "./render";
import { type ValidateFlags, validate } from "./validate";

const exitCodes = `
Exit codes: 0 nothing was refused, 1 something was refused, 2 the input or the command line could not be read.`;

export function addManifestCommands(root: Command): void {
  command(root, "validate", "check manifests: every fault, with its place in the file")
    .addOption(new Option("-o, --output <format>", "how to answer").choices(["text", "json"]).default("text"))
    .action((flags: ValidateFlags) => tell(validate(flags)));
  command(root, "render", "print manifests with their presets in their machines and templates")
    .addOption(
      new Option("-o, --output <format>", "yaml: documents; json: a List").choices(["yaml", "json"]).default("yaml"),
    )
    .option("--defaults", "fill in defaults too")
    .action((flags: RenderFlags) => tell(render(flags)));
  command(root, "domxml", "print the libvirt document that a node would define for a machine")
    .addOption(new Option("--domain-type <type>", "processor of the node").choices(["kvm", "qemu"]).default("kvm"))
    .option("--name <machine>", "which one of several machines: NAME or NAMESPACE/NAME", machineName)
    .action((flags: DomxmlFlags) => tell(domxml(flags)));
}

function command(root: Command, name: string, description: string): Command {
  return root
    .command(name)
    .description(description)
    .requiredOption("-f, --filename <path...>", "file, folder (with all below it), or - for standard input")
    .addHelpText("after", exitCodes)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : unreadable));
}

function machineName(text: string): string {
  if (/^[^/]+(\/[^/]+)?$/.test(text)) return text;
  throw new InvalidArgumentError("a machine is named NAME or NAMESPACE/NAME.");
}

function tell({ stdout, stderr, exitCode }: Answer): void {
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
}
