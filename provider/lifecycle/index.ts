/**
 * What the forwarder in a user's program requires: Pulumi's verbs for every kind, over one connection per process. The
 * verbs take and return plain JSON, so any transport can carry them.
 */
import { resourceOf } from "../core/resources";
import { check as checkInputs } from "./check";
import {
  type ClientFactory,
  type ConnectionSettings,
  clientFactory,
  type StackConfig,
  settingsFrom,
} from "./connection";
import { type DiffResult, diff as diffInputs } from "./diff";
import { explainApiError } from "./explain-api-error";
import type { Fields } from "./inputs";
import { type LiveObject, outputsOf } from "./outputs";
import { create as createObject, find, type Lifecycle, remove, update as updateObject } from "./reconcile";

export { AlreadyExistsError, InitializationError, RemovalTimeoutError } from "./errors";

/** Lines for the engine's log: the engine shows what a provider prints. */
const say = (line: string): void => console.log(line);

let connect: ClientFactory = clientFactory({});

/** Takes the stack's configuration. Called by the engine once, before any verb. */
export function configure(config: StackConfig): void {
  connectWith(settingsFrom(config));
}

export function connectWith(settings: ConnectionSettings): void {
  connect = clientFactory(settings);
}

/** Presets merged, namespace filled in, all faults at once. Needs a kubeconfig, but no API server. */
export async function check(
  kind: string,
  _olds: Fields,
  news: Fields,
): Promise<{ inputs: Fields; failures: readonly { property: string; reason: string }[] }> {
  const { connection } = await connect();
  const { inputs, failures, warnings } = checkInputs({ kind, defaultNamespace: connection.namespace }, news);
  for (const warning of warnings) console.warn(`warning: ${warning}`);
  return { inputs, failures };
}

export async function diff(kind: string, _id: string, olds: Fields, news: Fields): Promise<DiffResult> {
  return diffInputs(kind, olds, news);
}

export function create(kind: string, inputs: Fields): Promise<{ id: string; outs: Fields }> {
  return withClient(kind, (lifecycle) => createObject(lifecycle, inputs));
}

export function update(kind: string, _id: string, olds: Fields, news: Fields): Promise<{ outs: Fields }> {
  return withClient(kind, (lifecycle) => updateObject(lifecycle, olds, news));
}

/** An object that is gone answers without an id. An API that does not answer is an error, never "gone". */
export function read(kind: string, id: string, props: Fields): Promise<{ id?: string; props?: Fields }> {
  return withClient(kind, async ({ client }) => {
    const live: LiveObject | undefined = await find(client, resourceOf(kind), id);
    return live === undefined ? {} : { id, props: outputsOf(kind, live, props) };
  });
}

async function deleteObject(kind: string, id: string, props: Fields): Promise<void> {
  const metadata = props.metadata as { uid?: unknown } | undefined;
  const uid = typeof metadata?.uid === "string" ? metadata.uid : undefined;
  await withClient(kind, (lifecycle) => remove(lifecycle, id, uid));
}

export { deleteObject as delete };

async function withClient<T>(kind: string, verb: (lifecycle: Lifecycle) => Promise<T>): Promise<T> {
  const client = await connect();
  try {
    return await verb({ kind, client, say });
  } catch (error) {
    throw explainApiError(error, client.connection);
  }
}
