/** libvirt's calls about domains: each function is one call, its arguments, and the answers that are not errors. */
import { domainStatusOf } from "./domain-state";
import { isVirError } from "./errors";
import type { DomainRef, DomainStatus } from "./hypervisor";
import { affect, procedure, shutdownFlag, startFlag, typedParameter, undefineFlag } from "./procedures";
import type { RpcConnection } from "./rpc-connection";
import { uuidFromBytes, uuidToBytes } from "./uuid";
import { type XdrDecoder, XdrEncoder, XdrError } from "./xdr";

/** Starting probes, labels files and waits for QEMU's monitor; destroying waits for the process to end. */
const slowCallMs = 120_000;
const mostDomains = 16_384;

function decodeDomain(reply: XdrDecoder): DomainRef {
  const name = reply.string();
  const uuid = uuidFromBytes(reply.fixed(16));
  return { name, uuid, id: reply.int() };
}

export function encodeDomain(domain: DomainRef): XdrEncoder {
  const uuid = uuidToBytes(domain.uuid);
  if (uuid === undefined) {
    throw new XdrError(`"${domain.uuid}" is not the UUID of a domain`);
  }
  return new XdrEncoder().string(domain.name).fixed(uuid).int(domain.id);
}

async function unlessRefused<T>(
  call: Promise<T>,
  ...names: readonly ("noDomain" | "operationInvalid")[]
): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isVirError(error, ...names)) {
      return undefined;
    }
    throw error;
  }
}

export async function listDomains(connection: RpcConnection): Promise<DomainRef[]> {
  const reply = await connection.call(procedure.connectListAllDomains, new XdrEncoder().int(1).unsigned(0));
  return reply.array(mostDomains, () => decodeDomain(reply));
}

export async function lookupByUuid(connection: RpcConnection, uuid: string): Promise<DomainRef | undefined> {
  const bytes = uuidToBytes(uuid);
  if (bytes === undefined) {
    return undefined;
  }
  const call = connection.call(procedure.domainLookupByUuid, new XdrEncoder().fixed(bytes));
  const reply = await unlessRefused(call, "noDomain");
  return reply && decodeDomain(reply);
}

export async function lookupByName(connection: RpcConnection, name: string): Promise<DomainRef | undefined> {
  const call = connection.call(procedure.domainLookupByName, new XdrEncoder().string(name));
  const reply = await unlessRefused(call, "noDomain");
  return reply && decodeDomain(reply);
}

export async function domainXml(connection: RpcConnection, domain: DomainRef): Promise<string> {
  const reply = await connection.call(procedure.domainGetXmlDesc, encodeDomain(domain).unsigned(0));
  return reply.string();
}

/** VIR_DOMAIN_XML_INACTIVE */
const inactive = 2;

export async function domainDefinition(connection: RpcConnection, domain: DomainRef): Promise<string> {
  const reply = await connection.call(procedure.domainGetXmlDesc, encodeDomain(domain).unsigned(inactive));
  return reply.string();
}

export async function domainStatus(connection: RpcConnection, domain: DomainRef): Promise<DomainStatus> {
  const reply = await connection.call(procedure.domainGetState, encodeDomain(domain).unsigned(0));
  return domainStatusOf(reply.int(), reply.int());
}

export async function define(connection: RpcConnection, xml: string): Promise<DomainRef> {
  const args = new XdrEncoder().string(xml).unsigned(0);
  return decodeDomain(await connection.call(procedure.domainDefineXmlFlags, args, { timeoutMs: slowCallMs }));
}

export async function start(
  connection: RpcConnection,
  domain: DomainRef,
  { paused = false }: { readonly paused?: boolean },
): Promise<DomainRef> {
  const args = encodeDomain(domain).unsigned(paused ? startFlag.paused : 0);
  return decodeDomain(await connection.call(procedure.domainCreateWithFlags, args, { timeoutMs: slowCallMs }));
}

export async function limitMemory(connection: RpcConnection, domain: DomainRef, kibibytes: bigint): Promise<void> {
  const args = encodeDomain(domain)
    .unsigned(1)
    .string("hard_limit")
    .int(typedParameter.unsignedHyper)
    .unsignedHyper(kibibytes)
    .unsigned(affect.live);
  await connection.call(procedure.domainSetMemoryParameters, args);
}

export async function suspend(connection: RpcConnection, domain: DomainRef): Promise<void> {
  await connection.call(procedure.domainSuspend, encodeDomain(domain));
}

export async function resume(connection: RpcConnection, domain: DomainRef): Promise<void> {
  try {
    await connection.call(procedure.domainResume, encodeDomain(domain));
  } catch (error) {
    // libvirt takes a suspend of a guest that stands still for an answer, but not a resume of one that runs.
    if (!isVirError(error, "operationInvalid")) throw error;
    if ((await domainStatus(connection, domain)).state !== "running") throw error;
  }
}

export async function shutdown(connection: RpcConnection, domain: DomainRef): Promise<void> {
  const args = encodeDomain(domain).unsigned(shutdownFlag.acpiPowerButton);
  await connection.call(procedure.domainShutdownFlags, args);
}

export async function destroy(connection: RpcConnection, domain: DomainRef): Promise<void> {
  const args = encodeDomain(domain).unsigned(0);
  const call = connection.call(procedure.domainDestroyFlags, args, { timeoutMs: slowCallMs });
  await unlessRefused(call, "noDomain", "operationInvalid");
}

export async function undefine(connection: RpcConnection, domain: DomainRef): Promise<void> {
  const { managedSave, snapshotsMetadata, nvram, checkpointsMetadata } = undefineFlag;
  const args = encodeDomain(domain).unsigned(managedSave | snapshotsMetadata | nvram | checkpointsMetadata);
  await unlessRefused(connection.call(procedure.domainUndefineFlags, args, { timeoutMs: slowCallMs }), "noDomain");
}
