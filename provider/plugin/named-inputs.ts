/** What every resource gets beside what the program says: a name where it gave none, and the mark of its URN. */
import { CheckRequest } from "@pulumi/pulumi/proto/provider_pb";
import type { FieldError } from "../core/field-error";
import { autoName } from "../lifecycle/auto-name";
import { autonamedAnnotation, type Fields, isFields, urnAnnotation } from "../lifecycle/inputs";
import { nameOf } from "./urn";

export interface NamedInputs {
  readonly inputs: Fields;
  readonly faults: readonly FieldError[];
}

/** Metadata of a wrong type, or unknown as a whole, stays as it is. */
export function namedInputs(
  urn: string,
  autonaming: CheckRequest.AutonamingOptions | undefined,
  given: Fields,
): NamedInputs {
  const metadata = given.metadata ?? {};
  if (!isFields(metadata)) return { inputs: given, faults: [] };
  const name = metadata.name ?? nameFor(urn, autonaming);
  const annotations = metadata.annotations ?? {};
  const marks = {
    ...(isGiven(metadata.name) ? {} : { [autonamedAnnotation]: "true" }),
    [urnAnnotation]: urn,
  };
  return {
    inputs: {
      ...given,
      metadata: {
        ...metadata,
        ...(name === undefined ? {} : { name }),
        annotations: isFields(annotations) ? { ...annotations, ...marks } : annotations,
      },
    },
    faults: name === undefined ? [unnamed] : [],
  };
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

const unnamed: FieldError = {
  type: "FieldValueRequired",
  field: "metadata.name",
  detail: "the stack's configuration (pulumi:autonaming) lets no names be made up; give one",
};

/** Undefined where the stack forbids it. A name that the engine proposes is taken as it is; validation judges it. */
function nameFor(urn: string, autonaming: CheckRequest.AutonamingOptions | undefined): string | undefined {
  if (autonaming === undefined) return autoName(nameOf(urn), urn);
  return autonaming.getMode() === CheckRequest.AutonamingOptions.Mode.DISABLE
    ? undefined
    : autonaming.getProposedName();
}
