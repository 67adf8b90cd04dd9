/** The commands of virtctl for pipelines and for people who come from somewhere: plan, drift, import-domain. */
import { type Command, Option } from "commander";
import { connectLibvirt } from "../../libvirt/libvirt-hypervisor";
import { type Answer, unreadable } from "./answer";
import { drift } from "./drift";
import { type DriftOutput, driftOutputs } from "./drift/report";
import { type Wanted, WantedError, wantedOfManifests, wantedOfState } from "./drift/wanted";
import { importFromFile, importFromLibvirt } from "./import-domain";
import { type TargetFlags, targeted, withTarget } from "./machine-target";
import { plan } from "./plan";

export function addPipelineCommands(root: Command): void {
  addPlan(root);
  addDrift(root);
  addImportDomain(root);
}

function addPlan(root: Command): void {
  root
    .command("plan")
    .description("say what a preview means for machines, in Markdown for a pull request")
    .argument("[file]", "output of `pulumi preview --json`; - for standard input", "-")
    .addHelpText(
      "after",
      "\nExit codes: 0 a summary, 1 the preview failed (its errors are in the summary), 2 the input could not be read.",
    )
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : unreadable))
    .action((file: string) => tell(plan(file)));
}

interface DriftFlags extends TargetFlags {
  readonly filename?: readonly string[];
  readonly state?: string;
  readonly output: DriftOutput;
}

function addDrift(root: Command): void {
  const command = root
    .command("drift")
    .description("compare what is live with what a stack or manifests want")
    .option("-f, --filename <path...>", "manifests: a file, a folder (with all below it), or - for standard input")
    .option("--state <file>", "a stack: output of `pulumi stack export`; - for standard input")
    .addOption(new Option("-o, --output <format>", "how to answer").choices([...driftOutputs]).default("text"))
    .addHelpText("after", "\nExit codes: 0 no drift, 2 drift, 1 it could not be found out.")
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 1));
  targeted(command).action(async (flags: DriftFlags) => {
    const wanted = wantedBy(flags);
    const { stdout, exitCode } = await withTarget("", flags, (client) => drift(client, wanted, flags.output));
    process.stdout.write(stdout);
    process.exitCode = exitCode;
  });
}

function wantedBy({ filename, state }: DriftFlags): readonly Wanted[] {
  if ((filename === undefined) === (state === undefined)) {
    throw new Error("what should be there? Give either --filename MANIFESTS or --state FILE");
  }
  const wanted = state === undefined ? wantedOfManifests(filename ?? []) : wantedOfState(state);
  if (wanted.length === 0)
    throw new WantedError("there is no machine and no preset in it, so there is nothing to compare");
  return wanted;
}

interface ImportFlags {
  readonly xml?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly libvirtSocket?: string;
}

function addImportDomain(root: Command): void {
  root
    .command("import-domain")
    .description("write a manifest of a libvirt domain, and name everything that is lost")
    .argument("[domain]", "name or UUID of a domain of this machine's libvirt (qemu:///system)")
    .option("--xml <file>", "read the domain's XML from a file instead; - for standard input")
    .option("--name <name>", "name of the machine (default: the domain's)")
    .option("-n, --namespace <namespace>", "namespace of the machine (default: none is written)")
    .option("--libvirt-socket <path>", "libvirt's socket")
    .addHelpText(
      "after",
      "\nExit codes: 0 a manifest, 1 there is no such domain or it can be no machine, 2 the input could not be read.",
    )
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : unreadable))
    .action(async (domain: string | undefined, { xml, libvirtSocket, ...options }: ImportFlags) => {
      if ((domain === undefined) === (xml === undefined)) throw new Error("which domain? Give its name, or --xml FILE");
      if (xml !== undefined) return tell(importFromFile(xml, options));
      const hypervisor = await connectLibvirt(libvirtSocket === undefined ? {} : { socketPath: libvirtSocket });
      try {
        tell(await importFromLibvirt(hypervisor, domain ?? "", options));
      } finally {
        await hypervisor.close();
      }
    });
}

function tell({ stdout, stderr, exitCode }: Answer): void {
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
}
