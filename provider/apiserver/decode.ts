/** The body of a create or an update as an object of its resource, with what its kind does not have left out. */
import { objectFromBody, requireName, typeFaultOf } from "./admission";
import type { ResourceRequest } from "./context";
import { type FieldValidation, type SettledFields, StrictDecodingError, settleFields } from "./field-validation";
import { metadataTypeFault } from "./metadata";
import { valueAt } from "./object";
import { badRequest } from "./status";

/** @throws ApiError 400 */
export function decodeObject(request: ResourceRequest, validation: FieldValidation): SettledFields {
  const { kind, version } = request.definition;
  requireName(request.body, request);
  const fault = metadataTypeFault(valueAt(request.body, "metadata")) ?? typeFaultOf(request.body, request.definition);
  if (fault !== undefined) {
    throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${fault}`);
  }
  try {
    return settleFields(objectFromBody(request.body, request), request, validation);
  } catch (error) {
    if (!(error instanceof StrictDecodingError)) throw error;
    const what = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`;
    throw badRequest(`${what}: ${error.message}`, { cause: error });
  }
}
