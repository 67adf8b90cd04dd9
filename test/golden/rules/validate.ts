/** Why this project refuses objects that the original let in. Each rule looks at the object, not at our answer's words. */
import { parseQuantity } from "../../../provider/api/quantity";
import { child, isGiven, isObject, items } from "../../../provider/core/json-tree";
import type { ValidateCase } from "../areas/validate";
import { declaredFields } from "../declared-fields";
import type { Rule } from "../difference";
import { keepsItsPromise } from "./promises";
import { selects } from "./selects";
import { parentOf, valueAt } from "./value-at";

/** A fault that only this project finds: its field, the value there, and the object. */
interface Fault {
  readonly field: string;
  readonly value: unknown;
  readonly object: unknown;
}

function onlyOurs(id: string, isFaulty: (fault: Fault, recorded: ValidateCase) => boolean): Rule<ValidateCase> {
  return {
    id,
    explains: ({ at, ours, theirs }, recorded) =>
      ours !== undefined &&
      theirs === undefined &&
      isFaulty({ field: at, value: valueAt(recorded.object, at), object: recorded.object }, recorded),
  };
}

/** Parts without which nothing could be made, or that the original's own definitions call required. */
const requiredPart =
  /^spec$|^spec\.(domain|runStrategy|selector|template)$|^spec\.template\.spec(\.domain)?$|\.(emptyDisk\.capacity|registryDisk\.image|claimName|ephemeral\.persistentVolumeClaim|machine\.type)$|\.watchdog\.name$|(disks|volumes)\[\d+\]\.(name|volumeName)$|\.match(Expressions|Fields)\[\d+\]\.(key|operator)$/;

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const dnsName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const labelKey = /^([a-z0-9.-]+\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;

export const validateRules: readonly Rule<ValidateCase>[] = [
  onlyOurs("unknown-field", ({ field, value, object }) => value !== undefined && !isDeclared(object, field)),
  onlyOurs("null-is-no-value", ({ value }) => value === null),
  onlyOurs(
    "required-part-missing",
    ({ field, value }) => requiredPart.test(field) && (value === undefined || value === ""),
  ),
  onlyOurs("objects-have-a-name", ({ field, object }) => {
    const metadata = valueAt(object, "metadata");
    const named = isGiven(child(metadata, "name")) || isGiven(child(metadata, "generateName"));
    return /^metadata(\.name)?$/.test(field) && !named;
  }),
  onlyOurs("value-outside-its-range", ({ field, value }) => isGiven(value) && !keepsItsPromise(field, value)),
  onlyOurs("names-are-dns-names", ({ field, value }) => {
    const text = typeof value === "string" ? value : "";
    if (/(disks|volumes)\[\d+\]\.name$/.test(field)) return !dnsLabel.test(text);
    if (/\.claimName$/.test(field)) return text.length > 253 || !dnsName.test(text);
    return (
      /metadata\.(name|generateName|namespace)$/.test(field) &&
      (text.length > 63 || !dnsName.test(text.replace(/-$/, "")))
    );
  }),
  onlyOurs("labels-are-labels", ({ field, value }) => {
    if (!/(labels|annotations|matchLabels|nodeSelector)([.[].*)?$/.test(field)) return false;
    if (isObject(value)) return Object.keys(value).some((key) => !labelKey.test(key));
    return typeof value !== "string" || !labelValue.test(value);
  }),
  onlyOurs("secret-reference-names-a-secret", ({ field, value }) => {
    return /\.cloudInitNoCloud\.secretRef$/.test(field) && isObject(value) && !child(value, "name");
  }),
  onlyOurs("request-within-limit", ({ field, value, object }) => {
    const limit = valueAt(object, field.replace(/(\.resources)\.requests/, "$1.limits"));
    return /\.resources\.requests[.[]/.test(field) && limit !== undefined && amountOf(value) > amountOf(limit);
  }),
  onlyOurs("selector-matches-template", ({ field, value, object }) => {
    return (
      field === "spec.selector" && isObject(value) && !selects(value, valueAt(object, "spec.template.metadata.labels"))
    );
  }),
  onlyOurs("operators-have-their-values", ({ field, object }) => {
    const requirement = parentOf(field.replace(/(\.values)\[\d+\]$/, "$1"));
    return /\.match(Expressions|Fields)\[\d+\]$/.test(requirement) && !isSoundRequirement(valueAt(object, requirement));
  }),
  onlyOurs("one-clock-offset", ({ field, value }) => {
    return /\.clock$/.test(field) && isGiven(child(value, "timezone")) && isGiven(child(value, "utc"));
  }),
  onlyOurs("one-place-for-the-watchdog", ({ field, value, object }) => {
    const other = field.replace(/watchdog$/, "devices.watchdog");
    return /\.domain\.watchdog$/.test(field) && isGiven(value) && isGiven(valueAt(object, other));
  }),
  onlyOurs("one-spelling-of-the-strategy", ({ field, value, object }) => {
    return field === "spec.running" && isGiven(value) && isGiven(valueAt(object, "spec.runStrategy"));
  }),
  onlyOurs("every-fault-at-once", (_fault, { fields, object }) => {
    return [...fields].some((field) => items(valueAt(object, field)).length > 256);
  }),
  { id: "no-admission-review", explains: ({ at }, { misdirected }) => misdirected && at === "answer" },
];

/** Whether the object's kind declares a field, whatever its list index or map key. */
function isDeclared(object: unknown, field: string): boolean {
  const path = field.replace(/\[\d+\]/g, "[]");
  const parent = parentOf(field).replace(/\[\d+\]/g, "[]");
  return declaredFields(String(child(object, "kind"))).some((one) => one.path === path || one.path === `${parent}.*`);
}

function isSoundRequirement(requirement: unknown): boolean {
  const values = items(child(requirement, "values"));
  if (!labelKey.test(String(child(requirement, "key")))) return false;
  if (!values.every((value) => typeof value === "string" && labelValue.test(value))) return false;
  switch (child(requirement, "operator")) {
    case "In":
    case "NotIn":
      return values.length > 0;
    case "Exists":
    case "DoesNotExist":
      return values.length === 0;
    case "Gt":
    case "Lt":
      return values.length === 1 && /^-?\d+$/.test(String(values[0]));
    default:
      return false;
  }
}

/** In billionths; below every limit for what is no amount. */
function amountOf(value: unknown): bigint {
  const exact = typeof value === "string" || typeof value === "number" ? parseQuantity(value) : undefined;
  return exact?.nanos ?? -1n;
}
