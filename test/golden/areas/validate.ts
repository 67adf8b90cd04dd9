/** Compares verdicts: the faults found in an object, by field. */
import { kindByPlural } from "../../../provider/api/v1alpha1/kinds";
import type { FieldError } from "../../../provider/core/field-error";
import { child, isObject, items } from "../../../provider/core/json-tree";
import { validateObject } from "../../../provider/core/validation";
import type { Difference } from "../difference";
import type { RecordedLine } from "../recorded-line";
import { validateRules } from "../rules/validate";
import { valueAt } from "../rules/value-at";
import type { Area } from "./area";

export interface ValidateCase {
  /** The object, with the kind that its address told. */
  readonly object: unknown;
  readonly allowed: boolean;
  /** Fields at fault; empty for a refused object that could not even be decoded. */
  readonly fields: ReadonlySet<string>;
  /** The request was sent to an address of another kind, which is all that was wrong. */
  readonly misdirected: boolean;
}

export const validateArea: Area<ValidateCase> = {
  name: "validate",
  read({ input, expect, repaired }: RecordedLine): ValidateCase | undefined {
    const kind = kindByPlural(String(child(input, "resource")))?.kind;
    const verdict = repaired ?? expect;
    const allowed = child(verdict, "allowed");
    if (kind === undefined || typeof allowed !== "boolean") return undefined;
    const given = child(input, "object");
    return {
      object: withKind(given, kind),
      allowed,
      fields: new Set(items(child(verdict, "causes")).map((cause) => String(child(cause, "field")))),
      misdirected: child(input, "reviewResource") !== undefined,
    };
  },
  compare(recorded) {
    return differencesOfVerdict(recorded, validateObject(recorded.object).errors);
  },
  rules: validateRules,
};

function withKind(object: unknown, kind: string): unknown {
  return isObject(object) ? { apiVersion: "kubevirt.io/v1alpha1", kind, ...object } : object;
}

/** Where something refused was not decoded, any refusal agrees; otherwise every field must be at fault in both. */
function differencesOfVerdict(recorded: ValidateCase, errors: readonly FieldError[]): readonly Difference[] {
  const { allowed, fields, object } = recorded;
  if (!allowed && fields.size === 0) {
    return errors.length > 0 ? [] : [{ at: "answer", ours: "allowed", theirs: "refused" }];
  }
  const ours = new Map(errors.map(({ field, detail }) => [field, detail]));
  // A part that is missing as a whole says all that can be said of what is inside.
  const told = (field: string) =>
    [...ours.keys()].some((other) => field.startsWith(`${other}.`) && valueAt(object, other) === undefined);
  const known = (field: string) =>
    fields.has(field) || [...fields].some((other) => told(other) && other.startsWith(`${field}.`));
  return [
    ...[...ours].filter(([field]) => !known(field)).map(([at, detail]) => ({ at, ours: detail, theirs: undefined })),
    ...[...fields]
      .filter((field) => !ours.has(field) && !told(field))
      .map((at) => ({ at, ours: undefined, theirs: "at fault" })),
  ];
}
