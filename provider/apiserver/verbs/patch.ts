/** PATCH in the formats Kubernetes knows. Owns the choice of the format; each one is a file in `patch/`. */

import type { FieldError } from "../../core/field-error";
import { objectFromBody, requireName, typeFaultOf } from "../admission";
import { mediaTypes } from "../body";
import { changeObject, namesVersion } from "../change";
import { type Answer, type ResourceRequest, type ServerContext, writerOf } from "../context";
import { type FieldValidation, type SettledFields, StrictDecodingError, settleFields } from "../field-validation";
import { metadataTypeFault } from "../metadata";
import { isRecord, type JsonRecord, type KubeObject, textAt } from "../object";
import { applyJsonPatch, JsonPatchRefused } from "../patch/json-patch";
import { applyMergePatch } from "../patch/merge-patch";
import { applyStrategicMergePatch } from "../patch/strategic-merge-patch";
import { apiVersionOf, type ResourceDefinition } from "../registry";
import { ApiError, badRequest, invalid, unsupportedMediaType } from "../status";
import { apply } from "./apply";
import { parseFlag, parseWriteOptions } from "./options";
import { needsVersion } from "./update";

type PatchFunction = (target: unknown, patch: unknown) => unknown;

export async function patch(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  const { definition, namespace, name = "" } = request;
  if (request.body === undefined) throw badRequest("the body of the patch is empty");
  if (request.contentType === mediaTypes.applyPatch) return apply(context, request);
  const patchWith = patchFunction(request.contentType, definition);
  const { dryRun, fieldValidation } = parseWriteOptions(request.query, "PatchOptions", forceFaults(request.query));
  let told: readonly string[] = [];
  const { object, warnings } = await changeObject(context, {
    definition,
    place: { namespace, name },
    part: request.subresource === "status" ? "status" : "main",
    dryRun,
    writer: writerOf(request, context),
    make: (current) => {
      const settled = patched(current, request, { patchWith, fieldValidation });
      told = settled.warnings;
      return settled.object;
    },
  });
  return { type: "object", code: 200, definition, object, warnings: [...told, ...warnings] };
}

function forceFaults(query: URLSearchParams): readonly FieldError[] {
  if (!parseFlag(query, "force")) return [];
  return [{ type: "FieldValueForbidden", field: "force", detail: "may not be specified for non-apply patch" }];
}

interface Patching {
  readonly patchWith: PatchFunction;
  readonly fieldValidation: FieldValidation;
}

/** The object as the patch makes it, and what there is to tell of its fields. @throws ApiError 400, 422 */
export function patched(
  current: KubeObject,
  request: ResourceRequest,
  { patchWith, fieldValidation }: Patching,
): SettledFields {
  try {
    const body = patchWith(current, request.body);
    refuseOtherShape(body, request.definition);
    requireName(body, request);
    const patchedObject = objectFromBody(body, request);
    const { object: wanted, warnings } = settleFields(patchedObject, request, fieldValidation);
    if (request.definition.custom && !namesVersion(wanted.metadata.resourceVersion)) {
      throw needsVersion(request.definition, current.metadata.name);
    }
    // The stored revision is no precondition; another one, that the patch sets, is.
    if (wanted.metadata.resourceVersion !== current.metadata.resourceVersion) return { object: wanted, warnings };
    const { resourceVersion: _, ...metadata } = wanted.metadata;
    return { object: { ...wanted, metadata }, warnings };
  } catch (error) {
    if (error instanceof StrictDecodingError) throw unreadable(error.message, { cause: error });
    if (!(error instanceof JsonPatchRefused)) throw error;
    const why = `the patch does not fit ${request.definition.kind} ${JSON.stringify(current.metadata.name)}`;
    throw new ApiError(422, "Invalid", `${why}: ${error.message}`, {}, { cause: error });
  }
}

/** What comes of a patch has to be readable as an object of its kind at all. @throws ApiError 422 */
function refuseOtherShape(body: unknown, definition: ResourceDefinition): void {
  if (!isRecord(body)) return;
  const { kind, apiVersion } = body;
  if (definition.custom && (typeof kind !== "string" || kind === "")) throw unreadable("kind is missing");
  if (!definition.custom && typeof kind === "string" && kind !== "" && kind !== definition.kind) {
    throw unreadable(`kind: ${JSON.stringify(kind)} must be ${definition.kind}`);
  }
  const expected = apiVersionOf(definition);
  if (typeof apiVersion === "string" && apiVersion !== "" && apiVersion !== expected) {
    throw wrongVersion(body, definition);
  }
  const fault = metadataTypeFault(body.metadata) ?? typeFaultOf(body, definition);
  if (fault !== undefined) throw unreadable(fault);
}

function wrongVersion(body: JsonRecord, { custom, kind, ...definition }: ResourceDefinition): ApiError {
  const given = textAt(body, "apiVersion");
  const detail = `must be ${apiVersionOf(definition)}`;
  if (!custom) return unreadable(`apiVersion: ${JSON.stringify(given)} ${detail}`);
  const group = given.includes("/") ? given.slice(0, given.indexOf("/")) : "";
  const fault = { type: "FieldValueInvalid", field: "apiVersion", badValue: given, detail } as const;
  return invalid({ group, kind, plural: definition.plural }, textAt(body, "metadata", "name"), [fault]);
}

/** Of what a patch leaves. */
export function unreadable(why: string, options?: ErrorOptions): ApiError {
  const causes = [{ reason: "FieldValueInvalid", message: `Invalid value: ${why}`, field: "patch" }];
  return new ApiError(422, "Invalid", `the patched object is invalid: ${why}`, { causes }, options);
}

/** Before a body is read that nobody could take. @throws ApiError 415 */
export function requirePatchFormat({ contentType, definition }: Pick<ResourceRequest, "contentType" | "definition">) {
  if (contentType !== mediaTypes.applyPatch) patchFunction(contentType, definition);
}

/** @throws ApiError 415 */
export function patchFunction(type: string, definition: ResourceDefinition): PatchFunction {
  if (type === mediaTypes.jsonPatch) return applyJsonPatch;
  if (type === mediaTypes.mergePatch) return applyMergePatch;
  if (type === mediaTypes.strategicMergePatch && definition.strategicMerge) return applyStrategicMergePatch;
  const supported = [mediaTypes.jsonPatch, mediaTypes.mergePatch];
  const strategic = definition.strategicMerge ? [mediaTypes.strategicMergePatch] : [];
  throw unsupportedMediaType(
    type,
    [...supported, ...strategic, mediaTypes.applyPatch],
    definition.custom ? undefined : {},
  );
}
