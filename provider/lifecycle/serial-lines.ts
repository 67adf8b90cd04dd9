/** The last lines that a guest has printed on its serial console, for the message of a wait that ended without success. */
import type { Readable } from "node:stream";
import { findCondition } from "../core/conditions";
import { controllerOf } from "../core/plan/ownership";
import { offlineVirtualMachines, virtualMachineReplicaSets, virtualMachines } from "../core/resources";
import { serialLines } from "../core/serial-text";
import { guestConditionTypes } from "../core/wait-for";
import type { KubeClient } from "../kube/client";
import { guestPath, launcherLogOf, launcherOf, openText, servesGuests } from "./guest-log";
import type { LiveObject } from "./outputs";
import { tellingParts, withoutTexts } from "./user-data";

/** Lines that are shown, and characters of each. */
const mostLines = 10;
const lineLength = 160;
/** Lines that are asked for: some may be empty. */
const askedLines = 40;
const mostBytes = 64 * 1024;
/** Milliseconds that all of it may take. */
const patienceMs = 5_000;

export interface SerialQuery {
  readonly kind: string;
  /** The object that was waited for. */
  readonly live: LiveObject;
  /** Its own machine, of an object that has one. */
  readonly guest: LiveObject | undefined;
  /** What was asked for; its user data is not shown. */
  readonly spec: unknown;
}

/** Nothing of a guest that never ran. What cannot be had is told in one line: the wait's own end matters more. */
export async function lastSerialLines(client: KubeClient, query: SerialQuery): Promise<readonly string[]> {
  try {
    const machine = await machineOf(client, query);
    if (machine === undefined || (machine.status?.interfaces ?? []).length === 0) return [];
    const secrets = tellingParts(query.spec);
    const hide = (line: string) => withoutTexts(line, secrets);
    const lines = serialLines(await readSerial(client, machine), { lines: mostLines, lineLength, hide });
    const subject = query.kind === virtualMachines.kind ? "" : ` of VirtualMachine ${machine.metadata.name}`;
    if (lines.length === 0) return [`  serial output${subject}: nothing was printed`];
    return [`  last serial output${subject}:`, ...lines.map((line) => `    ${line}`)];
  } catch (error) {
    return [`  serial output: could not be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** The machine that is waited for; of several the first of which something is not so that was asked. */
async function machineOf(client: KubeClient, { kind, live, guest }: SerialQuery): Promise<LiveObject | undefined> {
  if (kind === virtualMachines.kind) return live;
  if (kind === offlineVirtualMachines.kind) return guest;
  if (kind !== virtualMachineReplicaSets.kind) return undefined;
  const { items } = await client.list<LiveObject>(virtualMachines, {
    namespace: live.metadata.namespace,
    labelSelector: live.status?.labelSelector,
    signal: AbortSignal.timeout(patienceMs),
  });
  const own = items.filter((machine) => controllerOf(machine)?.uid === live.metadata.uid);
  const types = Object.values(guestConditionTypes);
  return (
    own.find(({ status }) => types.some((type) => findCondition(status?.conditions, type)?.status === "False")) ??
    own[0]
  );
}

async function readSerial(client: KubeClient, { metadata }: LiveObject): Promise<string> {
  const call = { timeoutMs: patienceMs, signal: AbortSignal.timeout(patienceMs) };
  const query = { tailLines: askedLines };
  const { namespace = "", name = "" } = metadata;
  if (await servesGuests(client, call)) {
    return lastBytes(await openText(client, { path: guestPath({ namespace, name }, "log"), query, ...call }));
  }
  const pod = await launcherOf(client, metadata, call.signal);
  if (pod === undefined) throw new Error("the machine has no launcher pod");
  const log = launcherLogOf(pod);
  return lastBytes(await openText(client, { path: log.path, query: { ...log.query, ...query }, ...call }));
}

/** A line may be of any length. */
async function lastBytes(stream: Readable): Promise<string> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of stream) bytes = Buffer.concat([bytes, Buffer.from(chunk)]).subarray(-mostBytes);
  return bytes.toString("utf8");
}
