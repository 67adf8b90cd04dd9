/** The agent's command line. */
import { Command, InvalidArgumentError } from "commander";
import { version } from "../version";
import { collect, insecureRegistryHelp, parsePort, registryCaHelp } from "../virt-local/defaults";

export interface Flags {
  readonly nodeName: string;
  readonly namespace: string;
  readonly stateDir: string;
  readonly libvirtSocket: string;
  readonly domainPidDir: string;
  readonly hostRoot: string;
  readonly kubeletDir: string;
  readonly metricsPort: number;
  readonly selfFenceSeconds: number;
  readonly insecureRegistry: readonly string[];
  readonly registryCa: readonly string[];
}

export function flagsOf(argv: readonly string[]): Flags {
  return new Command("virt-agent")
    .description("runs the virtual machines of one node of a Kubernetes cluster")
    .version(version)
    .requiredOption("--node-name <name>", "name of the node")
    .option("--namespace <namespace>", "namespace of the leases", "kubevirt")
    .option("--state-dir <folder>", "folder of the machines' files, the same path for libvirt", "/var/lib/kubevirt")
    .option("--libvirt-socket <path>", "libvirt's socket", "/run/libvirt/libvirt-sock")
    .option("--domain-pid-dir <folder>", "where libvirt writes the process ids of its domains", "/run/libvirt/qemu")
    .option("--host-root <folder>", "where the node's file systems are", "/")
    .option("--kubelet-dir <folder>", "the kubelet's folder on the node", "/var/lib/kubelet")
    .option("--metrics-port <port>", "port for /healthz, /readyz and /metrics", parsePort, 9090)
    .option(
      "--self-fence-seconds <seconds>",
      "seconds without the Kubernetes API after which machines that write to claims are ended; 0: never",
      parseSeconds,
      300,
    )
    .option("--insecure-registry <host[:port]>", insecureRegistryHelp, collect, [])
    .option("--registry-ca <file>", registryCaHelp, collect, [])
    .parse(argv)
    .opts<Flags>();
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 0) return seconds;
  throw new InvalidArgumentError("give whole seconds, 0 or more.");
}
