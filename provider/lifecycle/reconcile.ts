/**
 * Create and update, one path: observe the object, ensure that it exists, sync what is asked for into it, wait until it
 * is what it should be. Finding it there already, or half made by an interrupted run, is an answer.
 */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { isFinal } from "../core/phases";
import { wantedName } from "../core/plan/offline-virtual-machine";
import { isManagedBy } from "../core/plan/ownership";
import {
  type KubevirtResource,
  offlineVirtualMachines,
  resourceOf,
  virtualMachineReplicaSets,
  virtualMachines,
} from "../core/resources";
import type { KubeClient } from "../kube/client";
import { isAlreadyExists, isConflict, isNotFound } from "../kube/errors";
import { backoffDelay } from "../runtime/backoff";
import { type Clock, systemClock } from "../runtime/clock";
import { readyAndAsked } from "./conditions/asked";
import type { Condition } from "./conditions/condition";
import { deleted } from "./conditions/deleted";
import { ownerReady } from "./conditions/owner-ready";
import { machineReady } from "./conditions/ready";
import { AlreadyExistsError, InitializationError, RemovalTimeoutError } from "./errors";
import { claimAnnotation, judgeExisting } from "./existing";
import { describeFailedWait, subjectOf } from "./explain";
import { addressOf, type Fields, forwarderKey, idOf, metadataOf, stringMap } from "./inputs";
import type { ReadLive } from "./live-reader";
import { hasStarted, type LiveObject, outputsOf } from "./outputs";
import { lastSerialLines } from "./serial-lines";
import { awaitSettings } from "./settings";
import { waitFor } from "./wait";

export interface Lifecycle {
  readonly kind: string;
  readonly client: KubeClient;
  /** One line for the engine's log. */
  readonly say: (line: string) => void;
  /** What is waited for, as one line that the next one replaces. Default: `say`. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Ends waits; what was done until then is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds for which this verb may wait, before what the object's annotations say. */
  readonly timeoutSeconds?: number | undefined;
  readonly clock?: Clock;
  /** A word that nobody had before. Default: a random UUID. */
  readonly newClaim?: () => string;
}

/** Which object is meant by an id: one that was removed and made again, or that another has taken over, is none of it. */
export interface Identity {
  /** Undefined: any. */
  readonly uid: string | undefined;
  /** Of the object's last taking up or over. */
  readonly claim: string | undefined;
}

export const identityOf = ({ metadata: { uid, annotations } }: LiveObject): Identity => ({
  uid,
  claim: annotations?.[claimAnnotation],
});

/** Conflicting writes in a row after which an update gives up, and how long it steps back after each. */
const maxConflicts = 8;
const conflictBackoff = { initial: 10, max: 500, jitter: 1 };

export async function create(lifecycle: Lifecycle, inputs: Fields): Promise<{ id: string; outs: Fields }> {
  const resource = resourceOf(lifecycle.kind);
  const live = await ensure(lifecycle, resource, inputs);
  return { id: idOf(inputs), outs: await settle(lifecycle, live, inputs) };
}

export async function update(lifecycle: Lifecycle, olds: Fields, news: Fields): Promise<{ outs: Fields }> {
  const resource = resourceOf(lifecycle.kind);
  const id = idOf(news);
  let live = await find(lifecycle.client, resource, id);
  if (live !== undefined && !hasStarted(olds, live) && isFinal(live.status?.phase)) {
    lifecycle.say(`${subjectOf(lifecycle.kind, id)}: the machine ended before it was ready; making it again`);
    await remove(lifecycle, id, identityOf(live));
    live = undefined;
  }
  if (live === undefined) return { outs: (await create(lifecycle, news)).outs };
  const synced = await sync(lifecycle, resource, { olds, news });
  const settled = olds.started === true;
  const outs = settled ? outputsOf(lifecycle.kind, synced, news, { started: true }) : undefined;
  return { outs: outs ?? (await settle(lifecycle, synced, news)) };
}

/** Asks for removal and waits until the object is gone. An object that is not there, or is another one, is an answer. */
export async function remove(lifecycle: Lifecycle, id: string, { uid, claim }: Identity): Promise<void> {
  const { kind, client, say, progress = say, signal } = lifecycle;
  const resource = resourceOf(kind);
  const address = addressOf(id);
  const live = await find(client, resource, id);
  if (live === undefined || (uid !== undefined && live.metadata.uid !== uid)) return;
  if (uid !== undefined && identityOf(live).claim !== claim) {
    say(
      `${subjectOf(kind, id)}: left as it is, since another resource has taken it over; where that is this resource's own replacement, it takes deleteBeforeReplace to make the object anew, and "pulumi refresh" before it can be removed`,
    );
    return;
  }
  try {
    // In the foreground: an object that makes machines is gone when they are, and their disks are free.
    const propagationPolicy = "Foreground";
    await client.delete(resource, address, { preconditions: { uid: live.metadata.uid ?? "" }, propagationPolicy });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
  const { timeoutMs } = awaitSettings(live.metadata.annotations, live.spec, lifecycle.timeoutSeconds);
  const subject = subjectOf(kind, id);
  const outcome = await waitFor({
    client,
    resource,
    address,
    condition: deleted(live.metadata.uid),
    timeoutMs,
    onProgress: (what) => progress(`${subject}: waiting: ${what}`),
    signal,
    ...(lifecycle.clock === undefined ? {} : { clock: lifecycle.clock }),
  });
  if (outcome.kind !== "met")
    throw new RemovalTimeoutError(await describeFailedWait(client, { kind, id, outcome, goal: "was not removed" }));
}

export function find(client: KubeClient, resource: KubevirtResource, id: string): Promise<LiveObject | undefined> {
  return client.find<LiveObject>(resource, addressOf(id));
}

/** The machine of an object that has one of its own, if it is there. */
export async function guestOf(read: ReadLive, kind: string, live: LiveObject): Promise<LiveObject | undefined> {
  if (kind !== offlineVirtualMachines.kind) return undefined;
  const guest = await read(virtualMachines, `${live.metadata.namespace ?? ""}/${wantedName(live)}`);
  return guest !== undefined && isManagedBy(guest, { kind, metadata: live.metadata }) ? guest : undefined;
}

/** The object, made now, or found there and this resource's own: from an interrupted run, or by taking it over. */
async function ensure(lifecycle: Lifecycle, resource: KubevirtResource, inputs: Fields): Promise<LiveObject> {
  const { kind, client, say } = lifecycle;
  const id = idOf(inputs);
  try {
    return await client.create<LiveObject>(resource, { metadata: metadataOf(inputs), spec: inputs.spec });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const existing = await find(client, resource, id);
  if (existing === undefined) return ensure(lifecycle, resource, inputs);
  const subject = subjectOf(kind, id);
  const verdict = judgeExisting(kind, existing, inputs);
  switch (verdict.kind) {
    case "refuse":
      throw new AlreadyExistsError(`${subject} ${verdict.reason}`);
    case "resume":
      say(`${subject}: taking up the object that an interrupted run made`);
      return sync(lifecycle, resource, { olds: {}, news: claimed(lifecycle, inputs) });
    case "adopt":
      say(`${subject}: taking over the object that is there`);
      return sync(lifecycle, resource, { olds: {}, news: claimed(lifecycle, inputs) });
    case "remove":
      say(`${subject}: an object of an interrupted run is in the way; removing it first`);
      await remove(lifecycle, id, identityOf(existing));
  }
  return ensure(lifecycle, resource, inputs);
}

function claimed({ newClaim = randomUUID }: Lifecycle, inputs: Fields): Fields {
  const metadata = metadataOf(inputs);
  const annotations = { ...stringMap(metadata.annotations), [claimAnnotation]: newClaim() };
  return { ...inputs, metadata: { ...metadata, annotations } };
}

/** Writes labels, annotations and, for kinds whose spec may change, the spec. Keys that others set are kept. */
async function sync(
  lifecycle: Lifecycle,
  resource: KubevirtResource,
  change: { olds: Fields; news: Fields },
): Promise<LiveObject> {
  const { kind, client } = lifecycle;
  const id = idOf(change.news);
  const before = metadataOf(change.olds);
  const after = metadataOf(change.news);
  for (let conflicts = 0; ; conflicts += 1) {
    const live = await client.get<LiveObject>(resource, addressOf(id));
    const wanted: LiveObject = {
      ...live,
      metadata: {
        ...live.metadata,
        labels: threeWay(live.metadata.labels, stringMap(before.labels), stringMap(after.labels)),
        annotations: threeWay(live.metadata.annotations, stringMap(before.annotations), stringMap(after.annotations)),
      },
      ...(kind === "VirtualMachine" ? {} : { spec: change.news.spec }),
    };
    if (sameContent(live, wanted)) return live;
    try {
      return await client.update<LiveObject>(resource, wanted);
    } catch (error) {
      if (!isConflict(error) || conflicts >= maxConflicts) throw error;
      await (lifecycle.clock ?? systemClock).sleep(backoffDelay(conflicts + 1, conflictBackoff));
    }
  }
}

/** Waits until the object is ready, unless it was asked not to; the outputs then, or an InitializationError with them. */
async function settle(lifecycle: Lifecycle, live: LiveObject, inputs: Fields): Promise<Fields> {
  const { kind, client, say, progress = say, signal } = lifecycle;
  const id = idOf(inputs);
  const read: ReadLive = (resource, of) => find(client, resource, of);
  const settings = awaitSettings(stringMap(metadataOf(inputs).annotations), inputs.spec, lifecycle.timeoutSeconds);
  const ready = readinessOf(kind);
  // Who does not wait for a start is not told of a failed one, and has no use for a second.
  if (ready === undefined || settings.skip) {
    return outputsOf(kind, live, inputs, { started: true, guest: await guestOf(read, kind, live) });
  }

  const subject = subjectOf(kind, id);
  const outcome = await waitFor({
    client,
    resource: resourceOf(kind),
    address: addressOf(id),
    condition: readyAndAsked(ready, settings.waitFor),
    timeoutMs: settings.timeoutMs,
    onProgress: (what) => progress(`${subject}: waiting: ${what}`),
    signal,
    ...(lifecycle.clock === undefined ? {} : { clock: lifecycle.clock }),
  });
  const seen = outcome.object ?? live;
  const guest = await guestOf(read, kind, seen);
  const outs = outputsOf(kind, seen, inputs, { started: outcome.kind === "met", guest });
  if (outcome.kind === "met") return outs;
  const serial = signal?.aborted ? [] : await lastSerialLines(client, { kind, live: seen, guest, spec: inputs.spec });
  const message = await describeFailedWait(client, { kind, id, outcome, goal: "did not become ready", serial });
  // Pulumi adds the forwarder to what create returns, but not to what an error carries; a destroy needs it.
  const forwarder = inputs[forwarderKey];
  const properties = { ...outs, ...(forwarder === undefined ? {} : { [forwarderKey]: forwarder }) };
  throw new InitializationError(message, { id, properties, reasons: [message] });
}

/** What is waited for, by kind; a preset is there at once. */
function readinessOf(kind: string): Condition<LiveObject> | undefined {
  switch (kind) {
    case virtualMachines.kind:
      return machineReady();
    case offlineVirtualMachines.kind:
    case virtualMachineReplicaSets.kind:
      return ownerReady();
    default:
      return undefined;
  }
}

function threeWay(
  live: Readonly<Record<string, string>> | undefined,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  const kept = Object.entries(live ?? {}).filter(([key]) => !(key in before) || key in after);
  const merged = { ...Object.fromEntries(kept), ...after };
  return live === undefined && Object.keys(merged).length === 0 ? undefined : merged;
}

function sameContent(a: LiveObject, b: LiveObject): boolean {
  return (
    isDeepStrictEqual(a.metadata.labels ?? {}, b.metadata.labels ?? {}) &&
    isDeepStrictEqual(a.metadata.annotations ?? {}, b.metadata.annotations ?? {}) &&
    isDeepStrictEqual(a.spec, b.spec)
  );
}
