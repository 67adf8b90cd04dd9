/** The commands of virtctl that look at manifests only: no engine, no libvirt, no network. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { version } from "../version";
import { collect, insecureRegistryHelp, registryCaHelp } from "../virt-local/defaults";
import { type Answer, unreadable } from "./answer";
import { type DomxmlFlags, domxml } from "./domxml";
import { type ManifestsFlags, manifests } from "./manifests";
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
  bare(root, "manifests", "print what the control plane is on a Kubernetes cluster, for kubectl, Argo CD or Flux")
    .option("--registry <registry>", "where the images are: a registry's host, with a port and a path where needed")
    .option("--tag <tag>", "tag of the images (default: this release)")
    .addOption(
      new Option("--pull-policy <policy>", "when nodes ask the registry").choices(["Always", "IfNotPresent", "Never"]),
    )
    .option("--pull-secret <name>", "secret with which nodes pull the images (repeatable)", collect, [])
    .option("--namespace <namespace>", "namespace of the control plane (default: kubevirt)")
    .option("--replicas <number>", "how many controllers there are (default: 2)", wholeNumber)
    .option("--node-selector <key=value>", "label of the nodes that run machines (repeatable)", collect, [])
    .option(
      "--toleration <key[=value][:effect]>",
      "taint of nodes that run machines all the same (repeatable; default: every taint)",
      collect,
      [],
    )
    .addOption(
      new Option("--libvirt <mode>", "pod: agents bring libvirt along (the default); host: the node's own").choices([
        "pod",
        "host",
      ]),
    )
    .option(
      "--self-fence-seconds <seconds>",
      "time without the API after which an agent ends machines that write to claims (default: 300; 0: never)",
      wholeNumber,
    )
    .option("--insecure-registry <host[:port]>", insecureRegistryHelp, collect, [])
    .option("--registry-ca <file>", registryCaHelp, collect, [])
    .option("--options <file>", "YAML with these and all other options, named as in a program; flags win")
    .option("-o, --output <folder>", "write a file for each object, and a kustomization.yaml, instead of printing")
    .action((flags: ManifestsFlags) => tell(manifests(flags, version)));
}

function command(root: Command, name: string, description: string): Command {
  return bare(root, name, description).requiredOption(
    "-f, --filename <path...>",
    "file, folder (with all below it), or - for standard input",
  );
}

function bare(root: Command, name: string, description: string): Command {
  return root
    .command(name)
    .description(description)
    .addHelpText("after", exitCodes)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : unreadable));
}

function wholeNumber(text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("a whole number is wanted.");
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
