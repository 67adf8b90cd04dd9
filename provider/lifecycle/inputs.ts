/**
 * The inputs of a resource as the engine hands them over: plain JSON, in which a preview's unknown values are a marker
 * string at any depth. Turns them into Kubernetes objects and back.
 */

import { apiVersion } from "../api/v1alpha1/group";
import type { FieldError } from "../core/field-error";

/** What the engine's Node.js runtime puts in place of a value that is not known in a preview. */
export const unknownMarker = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const isUnknown = (value: unknown): boolean => value === unknownMarker;

/** Names the resource that made an object, so that an interrupted run finds its own again. */
export const urnAnnotation = "kubevirt.io/pulumi-urn";

/** "true" when the program gave no name: then the object keeps the one it has, whatever its URN becomes. */
export const autonamedAnnotation = "pulumi.com/autonamed";

export type Fields = Readonly<Record<string, unknown>>;

export interface ResourceInputs {
  readonly metadata: Fields;
  readonly spec: unknown;
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Where Pulumi's dynamic providers keep the text that finds this code again. */
export const forwarderKey = "__provider";

/** Pulumi's own key, the connection, and what rides along to `check` in the SDK's form, are no part of the object. */
const internalKeys = new Set([forwarderKey, "connection", "presets", "secretPaths", "faultsElsewhere"]);
const objectKeys = new Set(["metadata", "spec"]);

export function unknownKeys(inputs: Fields, known: ReadonlySet<string> = internalKeys): readonly FieldError[] {
  return Object.keys(inputs)
    .filter((key) => !objectKeys.has(key) && !known.has(key))
    .map((key) => ({
      type: "FieldValueForbidden",
      field: key,
      badValue: inputs[key],
      detail: "is no argument of this resource; the arguments are metadata and spec",
    }));
}

/** The object that the inputs declare. Metadata that is unknown as a whole stays the marker. */
export function toObject(kind: string, inputs: Fields): Fields {
  return { apiVersion, kind, metadata: inputs.metadata ?? {}, spec: inputs.spec };
}

/** Values of a string map, for labels and annotations; anything else counts as empty. */
export function stringMap(value: unknown): Readonly<Record<string, string>> {
  if (!isFields(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

export function metadataOf(inputs: Fields): Fields {
  return isFields(inputs.metadata) ? inputs.metadata : {};
}

/** `namespace/name`: the id of every resource. */
export function idOf(inputs: Fields): string {
  const { namespace, name } = metadataOf(inputs);
  return `${String(namespace)}/${String(name)}`;
}

export function addressOf(id: string): { namespace: string; name: string } {
  const slash = id.indexOf("/");
  return { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}
