/**
 * The connection that a resource has to itself (`connection` in its arguments, and in its state), where the stack's is not
 * the one: which cluster it is on, in a program that has machines on several. Owns its shape, what it takes from the
 * stack's settings, and which presets are of the same cluster.
 */
import { isDeepStrictEqual } from "node:util";
import type { FieldError } from "../core/field-error";
import { resourceOf } from "../core/resources";
import { clusterDigest } from "./cluster-digest";
import type { ClientFactory, ConnectionSettings } from "./connection";
import { InitializationError } from "./errors";
import { withClient } from "./explain-api-error";
import { type Fields, idOf, isFields, isUnknown, metadataOf, unknownMarker } from "./inputs";
import { find } from "./reconcile";

/** The input and output that has it. */
export const connectionKey = "connection";

const settingNames = ["kubeconfig", "context", "namespace"] as const;

export function faultsOfConnection(inputs: Fields): readonly FieldError[] {
  const connection = inputs[connectionKey];
  if (connection === undefined || isUnknown(connection)) return [];
  if (!isFields(connection)) {
    const detail = `must be an object with ${settingNames.join(", ")}`;
    return [{ type: "FieldValueTypeInvalid", field: connectionKey, detail }];
  }
  // No value is told: it may be a kubeconfig.
  return Object.entries(connection).flatMap(([name, value]): FieldError[] => {
    const field = `${connectionKey}.${name}`;
    if (!settingNames.some((known) => known === name)) {
      const detail = `is no setting of a connection; it has ${settingNames.join(", ")}`;
      return [{ type: "FieldValueForbidden", field, detail }];
    }
    if (typeof value === "string" && value !== "") return [];
    return [{ type: "FieldValueTypeInvalid", field, detail: "must be text, and not empty; leave it out instead" }];
  });
}

/**
 * What to connect with. A kubeconfig of one's own takes nothing from the stack's settings; a context is one of the stack's
 * kubeconfig; a namespace alone is on the stack's cluster. "unknown" in a preview that does not know which cluster it is.
 */
export function settingsFor(fields: Fields, stack: ConnectionSettings): ConnectionSettings | "unknown" {
  const connection = fields[connectionKey];
  if (isUnknown(connection)) return "unknown";
  if (!isFields(connection)) return stack;
  const { kubeconfig, context, namespace } = connection;
  if (isUnknown(kubeconfig) || isUnknown(context)) return "unknown";
  const own = { kubeconfig: textOf(kubeconfig), context: textOf(context), namespace: textOf(namespace) };
  if (own.kubeconfig !== undefined) return own;
  if (own.context !== undefined) return { ...own, kubeconfig: stack.kubeconfig };
  return { ...stack, namespace: own.namespace ?? stack.namespace };
}

/** The namespace that the connection gives; undefined where the kubeconfig or the stack does. */
export function namespaceOf(fields: Fields): string | undefined {
  const connection = fields[connectionKey];
  return isFields(connection) ? textOf(connection.namespace) : undefined;
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Whether a preset that rides along with a machine is for its cluster. What a preview does not know is not. */
export function isOfSameCluster(preset: Fields, machine: Fields): boolean {
  return preset.cluster === undefined || preset.cluster === clusterDigest(machine[connectionKey]);
}

/** Outputs, and those of an error, with the connection of the inputs. */
export async function keepingConnection<T extends { readonly outs: Fields }>(
  inputs: Fields,
  verb: () => Promise<T>,
): Promise<T> {
  const kept = withConnection(inputs);
  try {
    const result = await verb();
    return { ...result, outs: { ...result.outs, ...kept } };
  } catch (error) {
    if (!(error instanceof InitializationError)) throw error;
    const { message, id, properties, reasons } = error;
    throw new InitializationError(message, { id, properties: { ...properties, ...kept }, reasons });
  }
}

/** The part of inputs or outputs that is the connection. */
export function withConnection(fields: Fields): Fields {
  return fields[connectionKey] === undefined ? {} : { [connectionKey]: fields[connectionKey] };
}

export function connectionChanges(olds: Fields, news: Fields): boolean {
  return !isDeepStrictEqual(olds[connectionKey] ?? {}, news[connectionKey] ?? {});
}

/**
 * Another connection may lead to the same cluster, and then nothing happens to the object. Where it does not, going on
 * would leave the object behind that is there, and perhaps change another's.
 */
export async function refuseAnotherCluster(
  kind: string,
  change: { readonly olds: Fields; readonly news: Fields },
  connect: ClientFactory,
): Promise<void> {
  const { olds, news } = change;
  const { uid } = metadataOf(olds);
  if (!connectionChanges(olds, news) || typeof uid !== "string" || uid === unknownMarker) return;
  await withClient(connect, async (client) => {
    const live = await find(client, resourceOf(kind), idOf(news));
    if (live?.metadata.uid === uid) return;
    throw new Error(
      `${kind} ${idOf(news)} is not on the cluster that its connection names now (context ${client.connection.context}): the one that this resource has made is on the cluster it had until now. Remove it there first (pulumi destroy --target), or, where that cluster is no more, forget it (pulumi state delete)`,
    );
  });
}
