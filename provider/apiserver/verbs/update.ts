/** PUT of an object or of its status. */
import { changeObject, namesVersion } from "../change";
import { type Answer, type ResourceRequest, type ServerContext, writerOf } from "../context";
import { decodeObject } from "../decode";
import { findObject } from "../object-storage";
import type { ResourceDefinition } from "../registry";
import { type ApiError, invalid } from "../status";
import { parseWriteOptions } from "./options";

export async function update(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  const { definition, namespace, name = "" } = request;
  const { dryRun, fieldValidation } = parseWriteOptions(request.query, "UpdateOptions");
  const { object: wanted, warnings: told } = decodeObject(request, fieldValidation);
  if (
    definition.custom &&
    !namesVersion(wanted.metadata.resourceVersion) &&
    findObject(context.store, definition, { namespace, name })
  )
    throw needsVersion(definition, name);
  const { object, warnings } = await changeObject(context, {
    definition,
    place: { namespace, name },
    part: request.subresource === "status" ? "status" : "main",
    dryRun,
    uid: wanted.metadata.uid,
    writer: writerOf(request, context),
    make: () => wanted,
  });
  return { type: "object", code: 200, definition, object, warnings: [...told, ...warnings] };
}

/** Of a custom object nobody replaces what he has not seen. */
export function needsVersion({ group, plural }: ResourceDefinition, name: string): ApiError {
  const fault = { type: "FieldValueInvalid", field: "metadata.resourceVersion", badValue: 0 } as const;
  return invalid({ group, plural, kind: plural }, name, [{ ...fault, detail: "must be specified for an update" }]);
}
