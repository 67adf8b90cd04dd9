/**
 * What a claim has to say, and what of it stays as it is. How it is spelled in the end, and what is said for who left it
 * out. https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims
 */
import { isDeepStrictEqual } from "node:util";
import { compareQuantities, type ExactQuantity, formatQuantity, parseQuantity } from "../../api/quantity";
import type { FieldError } from "../../core/field-error";
import { isRecord, type JsonRecord, type KubeObject, textAt, valueAt } from "../object";

const accessModes = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];
const volumeModes = ["Block", "Filesystem"];
const className = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** A spec with every quantity in its one spelling and a mode. */
export function settledSpec(spec: unknown): JsonRecord {
  const given = isRecord(spec) ? spec : {};
  const { resources, volumeMode = "Filesystem", ...rest } = given;
  const sources = ["dataSource", "dataSourceRef"].flatMap((field) => {
    const source = rest[field];
    return isRecord(source) ? [[field, { apiGroup: null, ...source }] as const] : [];
  });
  const settled = { ...rest, ...Object.fromEntries(sources) };
  return { ...settled, resources: withSpelling(resources, ["limits", "requests"]), volumeMode };
}

/** A status with a phase, and every quantity in its one spelling. */
export function settledStatus(status: unknown): JsonRecord {
  const { conditions, ...settled } = withSpelling(status, ["capacity", "allocatedResources"]);
  return {
    ...settled,
    phase: textAt(settled, "phase") || "Pending",
    ...(Array.isArray(conditions) && conditions.length > 0 ? { conditions: conditions.map(settledCondition) } : {}),
  };
}

/** Times that nobody gave are told to be none. */
function settledCondition(condition: unknown): unknown {
  return isRecord(condition) ? { type: "", lastProbeTime: null, lastTransitionTime: null, ...condition } : condition;
}

/**
 * A new claim's source under both of its names. The older one knows claims and snapshots alone, and forgets what it does
 * not know. https://kubernetes.io/docs/concepts/storage/persistent-volumes/#data-source-references
 */
export function withSource(spec: JsonRecord): JsonRecord {
  const { dataSource, dataSourceRef, ...rest } = spec;
  const older = isRecord(dataSource) && isOldSource(dataSource) ? dataSource : undefined;
  const newer = isRecord(dataSourceRef) ? dataSourceRef : older;
  const named = older ?? (textAt(newer, "namespace") === "" ? newer : undefined);
  return {
    ...rest,
    ...(named === undefined ? {} : { dataSource: named }),
    ...(newer === undefined ? {} : { dataSourceRef: newer }),
  };
}

function isOldSource(source: JsonRecord): boolean {
  const kind = [textAt(source, "apiGroup"), textAt(source, "kind")].join("/");
  return kind === "/PersistentVolumeClaim" || kind === "snapshot.storage.k8s.io/VolumeSnapshot";
}

function withSpelling(value: unknown, fields: readonly string[]): JsonRecord {
  if (!isRecord(value)) return {};
  const spelled = ([field, child]: [string, unknown]) =>
    [field, fields.includes(field) && isRecord(child) ? spelledQuantities(child) : child] as const;
  return Object.fromEntries(Object.entries(value).map(spelled));
}

function spelledQuantities(quantities: JsonRecord): JsonRecord {
  return Object.fromEntries(
    Object.entries(quantities).map(([name, value]) => {
      const exact = quantityOf(value);
      return [name, exact === undefined ? value : formatQuantity(exact)];
    }),
  );
}

function quantityOf(value: unknown): ExactQuantity | undefined {
  return typeof value === "string" || typeof value === "number" ? parseQuantity(value) : undefined;
}

export function claimFaults(claim: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  return [...modeFaults(claim), ...storageFaults(claim), ...(old === undefined ? [] : changeFaults(claim, old))];
}

function modeFaults({ spec }: KubeObject): readonly FieldError[] {
  const field = "spec.accessModes";
  const given: readonly unknown[] = [valueAt(spec, "accessModes") ?? []].flat();
  const faults: FieldError[] = given
    .filter((mode) => !accessModes.some((known) => known === mode))
    .map((badValue) => ({ type: "FieldValueNotSupported", field, badValue, detail: oneOf(accessModes) }));
  if (given.length === 0) {
    faults.push({ type: "FieldValueRequired", field, detail: "at least 1 access mode is required" });
  }
  if (given.length > 1 && given.includes("ReadWriteOncePod")) {
    const detail = "ReadWriteOncePod may not be used with other access modes";
    faults.push({ type: "FieldValueForbidden", field, detail });
  }
  const storageClass = textAt(spec, "storageClassName");
  if (storageClass !== "" && !className.test(storageClass)) {
    const detail = "must be a lowercase RFC 1123 subdomain, as names of objects are";
    faults.push({ type: "FieldValueInvalid", field: "spec.storageClassName", badValue: storageClass, detail });
  }
  const volumeMode = textAt(spec, "volumeMode");
  if (!volumeModes.includes(volumeMode)) {
    const detail = oneOf(volumeModes);
    faults.push({ type: "FieldValueNotSupported", field: "spec.volumeMode", badValue: volumeMode, detail });
  }
  return faults;
}

const oneOf = (values: readonly string[]) => `must be one of ${values.join(", ")}`;

function storageFaults({ spec }: KubeObject): readonly FieldError[] {
  const field = "spec.resources[storage]";
  const badValue = valueAt(spec, "resources", "requests", "storage");
  const size = quantityOf(badValue);
  if (size === undefined)
    return [{ type: "FieldValueRequired", field, detail: "the size must be given, such as 10Gi" }];
  return size.nanos > 0n ? [] : [{ type: "FieldValueInvalid", field, badValue, detail: "must be greater than zero" }];
}

export function claimStatusFaults({ status }: KubeObject): readonly FieldError[] {
  const capacity = valueAt(status, "capacity");
  return Object.entries(isRecord(capacity) ? capacity : {})
    .filter(([, value]) => (quantityOf(value)?.nanos ?? 0n) < 0n)
    .map(([name, badValue]) => ({
      type: "FieldValueInvalid",
      field: `status.capacity[${name}]`,
      badValue,
      detail: "must not be less than zero",
    }));
}

/** A claim is what was claimed, so that no quota is cheated: a bound one may grow, a class and a volume be found once. */
function changeFaults(claim: KubeObject, old: KubeObject): readonly FieldError[] {
  const bound = textAt(claim, "status", "phase") === "Bound";
  const [now, before] = [settledSpec(claim.spec), settledSpec(old.spec)];
  const allowed = {
    ...before,
    ...(textAt(before, "volumeName") === "" ? pick(now, "volumeName") : {}),
    ...(before.storageClassName === undefined ? pick(now, "storageClassName") : {}),
    ...(bound ? { ...pick(now, "volumeAttributesClassName"), resources: grown(before, now) } : {}),
  };
  const faults: FieldError[] = [];
  if (!isDeepStrictEqual(now, allowed)) {
    const detail =
      "is immutable after creation, but for resources.requests and volumeAttributesClassName of bound claims";
    faults.push({ type: "FieldValueForbidden", field: "spec", detail });
  }
  if (now.volumeMode !== before.volumeMode) {
    const fault = { type: "FieldValueInvalid", field: "spec.volumeMode", badValue: now.volumeMode } as const;
    faults.push({ ...fault, detail: "field is immutable" });
  }
  return shrinks(claim, now, before)
    ? [...faults, { type: "FieldValueForbidden", field: "spec.resources.requests.storage", detail: cannotShrink }]
    : faults;
}

const cannotShrink = "must be more than status.capacity: a disk does not shrink";

function pick(record: JsonRecord, field: string): JsonRecord {
  return record[field] === undefined ? {} : { [field]: record[field] };
}

function grown(before: JsonRecord, now: JsonRecord): JsonRecord {
  const [old, wanted] = [valueAt(before, "resources"), valueAt(now, "resources", "requests", "storage")];
  const requests = valueAt(old, "requests");
  return { ...Object(old), requests: { ...Object(requests), storage: wanted } };
}

function shrinks({ status }: KubeObject, now: JsonRecord, before: JsonRecord): boolean {
  const sizeOf = (spec: JsonRecord) => quantityOf(valueAt(spec, "resources", "requests", "storage"));
  const [wanted, asked] = [sizeOf(now), sizeOf(before)];
  const capacity = quantityOf(valueAt(status, "capacity", "storage"));
  if (wanted === undefined || asked === undefined || compareQuantities(wanted, asked) >= 0) return false;
  return capacity !== undefined && compareQuantities(wanted, capacity) <= 0;
}
