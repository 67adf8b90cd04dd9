/** libvirt's calls about the node itself and what its emulator can do. */
import { parseMachineTypes } from "./capabilities-xml";
import { parseDomainCapabilities } from "./domain-capabilities-xml";
import { isVirError } from "./errors";
import type { EmulatorDescription, NodeDescription } from "./hypervisor";
import { procedure } from "./procedures";
import type { RpcConnection } from "./rpc-connection";
import { XdrEncoder } from "./xdr";

/** virNodeInfo.model: 32 characters, each in its own XDR word. */
const modelWords = 32;

export async function describeNode(connection: RpcConnection): Promise<NodeDescription> {
  const [hostname, node, library] = await Promise.all([
    connection.call(procedure.connectGetHostname),
    connection.call(procedure.nodeGetInfo),
    connection.call(procedure.connectGetLibVersion),
  ]);
  node.fixed(modelWords * 4);
  const memoryKiB = node.unsignedHyper();
  const cpus = node.int();
  const version = library.unsignedHyper();
  return {
    hostname: hostname.string(),
    memoryBytes: memoryKiB * 1024,
    cpus,
    libvirtVersion: [Math.floor(version / 1e6), Math.floor(version / 1e3) % 1e3, version % 1e3].join("."),
  };
}

/** The first call after an installation probes every emulator, which takes seconds; later ones are cached. */
const probeTimeoutMs = 120_000;

export async function describeEmulator(
  connection: RpcConnection,
  wanted: { domainType: "kvm" | "qemu"; machine: string },
): Promise<EmulatorDescription | undefined> {
  const args = new XdrEncoder()
    .optionalString(undefined)
    .optionalString(undefined)
    .optionalString(wanted.machine)
    .optionalString(wanted.domainType)
    .unsigned(0);
  try {
    const reply = await connection.call(procedure.connectGetDomainCapabilities, args, { timeoutMs: probeTimeoutMs });
    return parseDomainCapabilities(reply.string());
  } catch (error) {
    if (isVirError(error, "invalidArgument", "configUnsupported")) {
      return undefined;
    }
    throw error;
  }
}

export async function machineTypes(connection: RpcConnection, arch: string): Promise<readonly string[]> {
  const reply = await connection.call(procedure.connectGetCapabilities, undefined, { timeoutMs: probeTimeoutMs });
  return parseMachineTypes(reply.string(), arch);
}
