/**
 * The metadata the server owns: names, uids, timestamps, generations. Owns the rules for what a client may set and
 * change in `metadata`, and the check of names, labels and annotations.
 */
import type { FieldError } from "../core/field-error";
import { timestamp } from "../runtime/clock";
import type { ServerContext } from "./context";
import { isEmpty } from "./fields/field-set";
import { isForgetting } from "./fields/managers";
import { isRecord, type JsonRecord, type ObjectMeta } from "./object";
import type { ResourceDefinition } from "./registry";

const subdomain = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const qualifiedName = /^(?:([a-z0-9.-]+)\/)?([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)$/;
const labelValue = /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/;
const longestSubdomain = 253;
const longestLabel = 63;
/** A hostile map must not cost more in faults than in bytes. */
const mostMapErrors = 100;
export const annotationBytes = 256 * 1024;

export function newUid(random: ServerContext["random"]): string {
  const bytes = Uint8Array.from(random(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const textFields = ["name", "generateName", "namespace", "uid", "resourceVersion", "selfLink"];
const timePattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Why metadata cannot be read at all, whatever it says; null is nothing. */
export function metadataTypeFault(metadata: unknown): string | undefined {
  if (!isRecord(metadata)) return undefined;
  const isText = (value: unknown) => value === null || typeof value === "string";
  const isWhole = (value: unknown) => Number.isSafeInteger(value);
  const isTime = (value: unknown) => typeof value === "string" && timePattern.test(value);
  const isMap = (value: unknown) => isRecord(value) && Object.values(value).every(isText);
  const shapes: readonly (readonly [string, string, (value: unknown) => boolean])[] = [
    ...textFields.map((field) => [field, "a string", isText] as const),
    ...["generation", "deletionGracePeriodSeconds"].map((field) => [field, "a whole number", isWhole] as const),
    ...["creationTimestamp", "deletionTimestamp"].map((field) => [field, "a time", isTime] as const),
    ["labels", "a map of strings", isMap],
    ["annotations", "a map of strings", isMap],
    ["finalizers", "a list of strings", (value) => Array.isArray(value) && value.every(isText)],
    ["ownerReferences", "a list of references", (value) => Array.isArray(value) && value.every(isRecord)],
  ];
  const wrong = shapes.find(([field, , fits]) => (metadata[field] ?? null) !== null && !fits(metadata[field]));
  return wrong === undefined ? undefined : `metadata.${wrong[0]} is not ${wrong[1]}`;
}

/** Faults in what a client wrote into `metadata`; `name` is there already, generated or given. */
export function validateMetadata(metadata: JsonRecord, nameStyle: "subdomain" | "label"): readonly FieldError[] {
  return [
    ...nameErrors(metadata.name, nameStyle),
    ...labelErrors(metadata.labels),
    ...annotationErrors(metadata.annotations),
    ...finalizerErrors(metadata.finalizers),
    ...ownerErrors(metadata.ownerReferences),
    ...managerErrors(metadata.managedFields),
  ];
}

function nameErrors(name: unknown, style: "subdomain" | "label"): readonly FieldError[] {
  const field = "metadata.name";
  if (typeof name !== "string" || name === "") {
    return [{ type: "FieldValueRequired", field, detail: "name or generateName is required" }];
  }
  const longest = style === "label" ? longestLabel : longestSubdomain;
  if (name.length > longest) {
    return [{ type: "FieldValueTooLong", field, badValue: name, detail: `must be no more than ${longest} characters` }];
  }
  if ((style === "label" ? label : subdomain).test(name)) return [];
  const detail =
    style === "label"
      ? "a lowercase RFC 1123 label consists of lower case letters, digits and '-', and starts and ends with a letter or digit"
      : "a lowercase RFC 1123 subdomain consists of lower case letters, digits, '-' and '.', and starts and ends with a letter or digit";
  return [{ type: "FieldValueInvalid", field, badValue: name, detail }];
}

function labelErrors(labels: unknown): readonly FieldError[] {
  return mapErrors("metadata.labels", labels, (key, value) => {
    if (typeof value === "string" && labelValue.test(value)) return keyErrors("metadata.labels", key);
    const detail =
      "a label value is at most 63 letters, digits, '-', '_' or '.', and starts and ends with a letter or digit";
    return [
      ...keyErrors("metadata.labels", key),
      { type: "FieldValueInvalid", field: `metadata.labels.${key}`, badValue: value, detail },
    ];
  });
}

function annotationErrors(annotations: unknown): readonly FieldError[] {
  const field = "metadata.annotations";
  const errors = mapErrors(field, annotations, (key, value) =>
    typeof value === "string"
      ? keyErrors(field, key.toLowerCase())
      : [{ type: "FieldValueTypeInvalid", field: `${field}.${key}`, badValue: value, detail: "must be a string" }],
  );
  const bytes = Buffer.byteLength(JSON.stringify(annotations ?? {}));
  if (bytes <= annotationBytes) return errors;
  return [...errors, { type: "FieldValueTooLong", field, detail: `must have at most ${annotationBytes} bytes in all` }];
}

function mapErrors(
  field: string,
  map: unknown,
  entryErrors: (key: string, value: unknown) => readonly FieldError[],
): readonly FieldError[] {
  if (map === undefined || map === null) return [];
  if (!isRecord(map))
    return [{ type: "FieldValueTypeInvalid", field, badValue: map, detail: "must be a map of strings" }];
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(map)) {
    errors.push(...entryErrors(key, value));
    if (errors.length >= mostMapErrors) break;
  }
  return errors;
}

function keyErrors(field: string, key: string): readonly FieldError[] {
  const match = qualifiedName.exec(key);
  const prefix = match?.[1];
  const sound =
    match !== null && (match[2] ?? "").length <= longestLabel && (prefix === undefined || subdomain.test(prefix));
  if (sound) return [];
  const detail =
    "a key is a name of at most 63 letters, digits, '-', '_' or '.', with an optional DNS subdomain and '/' before it";
  return [{ type: "FieldValueInvalid", field, badValue: key, detail }];
}

function finalizerErrors(finalizers: unknown): readonly FieldError[] {
  if (finalizers === undefined || finalizers === null) return [];
  const field = "metadata.finalizers";
  if (!Array.isArray(finalizers)) {
    return [{ type: "FieldValueTypeInvalid", field, badValue: finalizers, detail: "must be a list of names" }];
  }
  return finalizers.flatMap((value: unknown, index): readonly FieldError[] =>
    typeof value === "string" && qualifiedName.test(value)
      ? []
      : [
          {
            type: "FieldValueInvalid",
            field: `${field}[${index}]`,
            badValue: value,
            detail: "must be a qualified name",
          },
        ],
  );
}

function ownerErrors(owners: unknown): readonly FieldError[] {
  if (owners === undefined || owners === null) return [];
  const field = "metadata.ownerReferences";
  if (!Array.isArray(owners)) {
    return [{ type: "FieldValueTypeInvalid", field, badValue: owners, detail: "must be a list of references" }];
  }
  const errors = owners.flatMap((owner: unknown, index): readonly FieldError[] =>
    (["apiVersion", "kind", "name", "uid"] as const)
      .filter((key) => !isRecord(owner) || typeof owner[key] !== "string" || owner[key] === "")
      .map((key) => ({ type: "FieldValueRequired", field: `${field}[${index}].${key}`, detail: "must not be empty" })),
  );
  const controllers = owners.filter((owner) => isRecord(owner) && owner.controller === true).length;
  if (controllers <= 1) return errors;
  return [
    ...errors,
    { type: "FieldValueInvalid", field, detail: "only one reference may have controller set to true" },
  ];
}

function managerErrors(entries: unknown): readonly FieldError[] {
  if (entries === undefined) return [];
  const field = "metadata.managedFields";
  const sound = (entry: unknown) => isRecord(entry) && typeof entry.manager === "string" && isRecord(entry.fieldsV1);
  if (Array.isArray(entries) && (entries.every(sound) || isForgetting(entries))) return [];
  return [{ type: "FieldValueTypeInvalid", field, detail: "must be a list of entries with manager and fieldsV1" }];
}

/** Metadata of an object about to be created: what the client may say, and what only the server says. */
export function metadataForCreate(
  given: ObjectMeta,
  name: string,
  { countsGenerations }: Pick<ResourceDefinition, "countsGenerations">,
  context: ServerContext,
): ObjectMeta {
  const {
    uid: _uid,
    resourceVersion: _resourceVersion,
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _deletionGracePeriodSeconds,
    generation: _generation,
    selfLink: _selfLink,
    ...kept
  } = given;
  return {
    ...withoutEmpty(kept),
    name,
    uid: newUid(context.random),
    creationTimestamp: timestamp(context.now()),
    ...(countsGenerations ? { generation: 1 } : {}),
  };
}

/** Metadata of an object about to be replaced: the immutable part stays whatever the client sent. */
export function metadataForUpdate(given: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const {
    deletionTimestamp: _timestamp,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    selfLink: _selfLink,
    ...kept
  } = given;
  return {
    ...withoutEmpty(kept),
    name: old.name,
    ...pick(old, ["namespace", "uid", "generation", "creationTimestamp"]),
    ...pick(old, ["deletionTimestamp", "deletionGracePeriodSeconds"]),
    // A client that does not know of field managers does not mean to forget them; an empty list does.
    ...(kept.managedFields === undefined ? pick(old, ["managedFields"]) : {}),
  };
}

const mayBeEmpty = ["generateName", "labels", "annotations", "finalizers", "ownerReferences"];

/** A map, a list or a prefix of names without anything in it is not there. */
function withoutEmpty(metadata: ObjectMeta): ObjectMeta {
  const empty = mayBeEmpty.filter((field) => {
    const value: unknown = Reflect.get(metadata, field);
    return value === "" || (Array.isArray(value) && value.length === 0) || (isRecord(value) && isEmpty(value));
  });
  if (empty.length === 0) return metadata;
  const kept = new Map<string, unknown>(Object.entries(metadata));
  for (const field of empty) kept.delete(field);
  return { ...Object.fromEntries(kept), name: metadata.name };
}

function pick<Key extends keyof ObjectMeta>(
  metadata: ObjectMeta,
  keys: readonly Key[],
): Partial<Pick<ObjectMeta, Key>> {
  const picked: Partial<Pick<ObjectMeta, Key>> = {};
  for (const key of keys) if (metadata[key] !== undefined) picked[key] = metadata[key];
  return picked;
}
