/**
 * What becomes of fields that a kind does not have and of keys that a body gives twice: refused, told of, or left out in
 * silence, as the request asks with `fieldValidation`. Whatever it asks, they are not stored.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
 */
import { nearestName } from "../core/validation/did-you-mean";
import type { KubeObject } from "./object";
import type { ResourceDefinition } from "./registry";
import { prune, type UnknownField } from "./schema/prune";

export const fieldValidations = ["Ignore", "Warn", "Strict"] as const;
export type FieldValidation = (typeof fieldValidations)[number];

export interface FieldRequest {
  readonly definition: ResourceDefinition;
  /** Paths of the keys that the body gives more than once. */
  readonly duplicates?: readonly string[];
}

export interface SettledFields {
  readonly object: KubeObject;
  /** For the client to see; empty when it did not ask for warnings. */
  readonly warnings: readonly string[];
}

/** The words are those that clients look for in the answer of an API server. */
export class StrictDecodingError extends Error {
  constructor(faults: readonly string[]) {
    super(`strict decoding error: ${faults.join(", ")}`);
    this.name = "StrictDecodingError";
  }
}

/** @throws StrictDecodingError naming every fault when the request is strict */
export function settleFields(
  object: KubeObject,
  { definition, duplicates = [] }: FieldRequest,
  validation: FieldValidation,
): SettledFields {
  const { object: settled, unknown } = prune(object, definition.schema());
  if (validation === "Ignore" || (unknown.length === 0 && duplicates.length === 0)) {
    return { object: settled, warnings: [] };
  }
  const twice = duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`);
  if (validation === "Strict") throw new StrictDecodingError([...twice, ...unknown.map(withRemedy)]);
  return { object: settled, warnings: [...twice, ...unknown.map(unknownField)] };
}

function unknownField({ path }: UnknownField): string {
  return `unknown field ${JSON.stringify(path)}`;
}

function withRemedy(field: UnknownField): string {
  const meant = nearestName(field.key, field.known);
  return meant === undefined ? unknownField(field) : `${unknownField(field)}; did you mean ${JSON.stringify(meant)}?`;
}
