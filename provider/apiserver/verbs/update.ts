/** PUT of an object or of its status. */
import { objectFromBody } from "../admission";
import { changeObject } from "../change";
import { type Answer, type ResourceRequest, type ServerContext, writerOf } from "../context";
import { parseDryRun } from "./options";

export async function update(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  const { definition, namespace, name = "" } = request;
  const wanted = objectFromBody(request.body, request);
  const { object, warnings } = await changeObject(context, {
    definition,
    place: { namespace, name },
    part: request.subresource === "status" ? "status" : "main",
    dryRun: parseDryRun(request.query),
    writer: writerOf(request, context),
    make: () => wanted,
  });
  return { type: "object", code: 200, definition, object, warnings };
}
