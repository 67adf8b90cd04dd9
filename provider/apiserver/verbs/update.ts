/** PUT of an object or of its status. */
import { changeObject } from "../change";
import { type Answer, type ResourceRequest, type ServerContext, writerOf } from "../context";
import { decodeObject } from "../decode";
import { parseWriteOptions } from "./options";

export async function update(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  const { definition, namespace, name = "" } = request;
  const { dryRun, fieldValidation } = parseWriteOptions(request.query, "UpdateOptions");
  const { object: wanted, warnings: told } = decodeObject(request, fieldValidation);
  const { object, warnings } = await changeObject(context, {
    definition,
    place: { namespace, name },
    part: request.subresource === "status" ? "status" : "main",
    dryRun,
    writer: writerOf(request, context),
    make: () => wanted,
  });
  return { type: "object", code: 200, definition, object, warnings: [...told, ...warnings] };
}
