/** What every resource gets beside what the program says: a name where it gave none, and the mark of its URN. */
import { CheckRequest } from "@pulumi/pulumi/proto/provider_pb";
import { isGiven } from "../core/json-tree";
import { autoName } from "../lifecycle/auto-name";
import { autonamedAnnotation, type Fields, isFields, urnAnnotation } from "../lifecycle/inputs";
import { nameOf } from "./urn";

/** Metadata of a wrong type, or unknown as a whole, stays as it is. */
export function namedInputs(
  urn: string,
  autonaming: CheckRequest.AutonamingOptions | undefined,
  given: Fields,
): Fields {
  const metadata = given.metadata ?? {};
  if (!isFields(metadata)) return given;
  const name = metadata.name ?? nameFor(urn, autonaming);
  const annotations = metadata.annotations ?? {};
  const marks = {
    ...(isGiven(metadata.name) ? {} : { [autonamedAnnotation]: "true" }),
    [urnAnnotation]: urn,
  };
  return {
    ...given,
    metadata: {
      ...metadata,
      ...(name === undefined ? {} : { name }),
      annotations: isFields(annotations) ? { ...annotations, ...marks } : annotations,
    },
  };
}

/** Undefined where the stack forbids it. A name that the engine proposes is taken as it is. Validation judges either. */
function nameFor(urn: string, autonaming: CheckRequest.AutonamingOptions | undefined): string | undefined {
  if (autonaming === undefined) return autoName(nameOf(urn), urn);
  return autonaming.getMode() === CheckRequest.AutonamingOptions.Mode.DISABLE
    ? undefined
    : autonaming.getProposedName();
}
