/**
 * From a request's body to an object fit to store. Owns the order of judgement: is it an object of this resource at
 * all (400), does it say what the URL says (400), is each of its fields sound (422, all faults at once).
 */
import type { FieldError } from "../core/field-error";
import type { ResourceRequest } from "./context";
import { typeFaults } from "./fields/typed";
import { validateMetadata } from "./metadata";
import { isRecord, type JsonRecord, type KubeObject, textAt, valueAt } from "./object";
import { apiVersionOf, type ResourceDefinition } from "./registry";
import { prune } from "./schema/prune";
import { type ApiError, badRequest, invalid } from "./status";

/**
 * The body as an object of the request's resource; its name is "" when it gives none.
 * @throws ApiError 400
 */
export function objectFromBody(body: unknown, request: ResourceRequest): KubeObject {
  const { definition } = request;
  if (!isRecord(body)) throw badRequest("the body of the request is not a JSON object");
  const expected = apiVersionOf(definition);
  refuseNameless(body, request);
  if (body.apiVersion !== undefined && body.apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${String(body.apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  const unnamed = body.kind === undefined || (body.kind === "" && !definition.custom);
  if (!unnamed && body.kind !== definition.kind) {
    if (definition.custom && typeof body.kind === "string") throw wrongKind(body, definition);
    throw badRequest(
      `the kind in the data (${String(body.kind)}) does not match the expected kind (${definition.kind})`,
    );
  }
  if (body.metadata !== undefined && body.metadata !== null && !isRecord(body.metadata)) {
    throw badRequest("metadata is not an object");
  }
  const metadata = scopedMetadata(withoutNulls(body.metadata ?? {}), request);
  return { ...body, apiVersion: expected, kind: definition.kind, metadata };
}

/** Nothing but its own word tells what a custom object is. */
function refuseNameless(body: JsonRecord, { definition }: ResourceRequest): void {
  if (!definition.custom) return;
  for (const field of ["kind", "apiVersion"] as const) {
    if (typeof body[field] === "string" && body[field] !== "") continue;
    throw badRequest(`the object provided is unrecognized (must be of type ${definition.kind}): ${field} is missing`);
  }
}

function wrongKind(body: JsonRecord, definition: ResourceDefinition): ApiError {
  const kind = String(body.kind);
  const fault = { type: "FieldValueInvalid", field: "kind", badValue: kind } as const;
  const subject = { group: definition.group, plural: definition.plural, kind };
  return invalid(subject, textAt(body, "metadata", "name"), [{ ...fault, detail: `must be ${definition.kind}` }]);
}

/** The body of an update says which object it is. @throws ApiError 400 */
export function requireName(body: unknown, { name }: ResourceRequest): void {
  if (name === undefined || !isRecord(body) || isNamed(valueAt(body, "metadata", "name"))) return;
  throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
}

function isNamed(name: unknown): boolean {
  return name !== undefined && name !== null && name !== "";
}

function scopedMetadata(given: JsonRecord, { definition, namespace, name }: ResourceRequest): KubeObject["metadata"] {
  const { namespace: givenNamespace, name: givenName, ...rest } = given;
  if (givenName !== undefined && typeof givenName !== "string") throw badRequest("metadata.name is not a string");
  if (name !== undefined && givenName !== undefined && givenName !== "" && givenName !== name) {
    throw badRequest(`the name of the object (${givenName}) does not match the name on the URL (${name})`);
  }
  if (definition.namespaced && givenNamespace !== undefined && givenNamespace !== "" && givenNamespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  return {
    ...rest,
    name: name ?? givenName ?? "",
    ...(definition.namespaced && namespace !== undefined ? { namespace } : {}),
  };
}

/** Why the body can be no object of a built-in kind: fields of the wrong types. Custom ones have rules that say more. */
export function typeFaultOf(body: unknown, { custom, schema }: ResourceDefinition): string | undefined {
  const faults = custom ? [] : typeFaults(body, schema());
  return faults.length === 0 ? undefined : faults.join("; ");
}

function withoutNulls(record: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

/**
 * Judges an object about to be stored. A fault that the stored object already has does not count against a change of
 * something else, so that an object from before a rule can still be labelled, or lose its finalizers.
 * @returns the warnings
 * @throws ApiError 422 with every fault
 */
export function admit(
  definition: ResourceDefinition,
  object: KubeObject,
  old: KubeObject | undefined,
): readonly FieldError[] {
  const { errors, warnings } = judge(definition, object, old);
  if (errors.length === 0) return warnings;
  const known = new Set(old === undefined ? [] : knownFaults(definition, old).map(fingerprint));
  const fresh = errors.filter((error) => !known.has(fingerprint(error)));
  if (fresh.length > 0) throw invalid(definition, object.metadata.name, fresh);
  return warnings;
}

/** Those of the object as it is stored, and as it would be sent: what nobody may store is left out of what is sent. */
function knownFaults(definition: ResourceDefinition, old: KubeObject): readonly FieldError[] {
  const sent = prune(old, definition.schema()).object;
  return [old, sent].flatMap((object) => judge(definition, object, undefined).errors);
}

function judge(definition: ResourceDefinition, object: KubeObject, old: KubeObject | undefined) {
  const nameStyle = definition.plural === "namespaces" ? "label" : "subdomain";
  const metadata = validateMetadata({ ...object.metadata }, nameStyle);
  const { errors, warnings } = definition.validate(object, old);
  const bare = bareFinalizers(object, old, definition);
  const faults = definition.custom ? metadata : [...metadata, ...bare];
  const fields = new Set(faults.map((error) => error.field));
  return {
    errors: [...faults, ...errors.filter((error) => !fields.has(error.field))],
    warnings: definition.custom ? [...warnings, ...bare] : warnings,
  };
}

const standardFinalizers = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

/** Names that anyone could have chosen, among those that the writer adds. */
function bareFinalizers(
  { metadata: { finalizers } }: KubeObject,
  old: KubeObject | undefined,
  { custom }: Pick<ResourceDefinition, "custom">,
): readonly FieldError[] {
  if (!Array.isArray(finalizers)) return [];
  const detail = custom
    ? "prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers"
    : "must be qualified with a domain: example.com/name";
  const before: readonly unknown[] = old?.metadata.finalizers ?? [];
  return finalizers
    .filter((name) => !before.includes(name))
    .filter((name) => typeof name === "string" && !name.includes("/") && !standardFinalizers.has(name))
    .map((name) => ({ type: "FieldValueInvalid", field: "metadata.finalizers", badValue: name, detail }));
}

function fingerprint(error: FieldError): string {
  return JSON.stringify([error.type, error.field, error.badValue, error.detail]);
}
