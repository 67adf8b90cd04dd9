/** PATCH in the formats Kubernetes knows. Owns the choice of the format; each one is a file in `patch/`. */

import type { FieldError } from "../../core/field-error";
import { objectFromBody, requireName } from "../admission";
import { mediaTypes } from "../body";
import { changeObject } from "../change";
import { type Answer, type ResourceRequest, type ServerContext, writerOf } from "../context";
import { type FieldValidation, type SettledFields, StrictDecodingError, settleFields } from "../field-validation";
import type { KubeObject } from "../object";
import { applyJsonPatch, JsonPatchRefused } from "../patch/json-patch";
import { applyMergePatch } from "../patch/merge-patch";
import { applyStrategicMergePatch } from "../patch/strategic-merge-patch";
import type { ResourceDefinition } from "../registry";
import { ApiError, badRequest, unsupportedMediaType } from "../status";
import { apply } from "./apply";
import { parseFlag, parseWriteOptions } from "./options";

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

function patched(
  current: KubeObject,
  request: ResourceRequest,
  { patchWith, fieldValidation }: Patching,
): SettledFields {
  try {
    const body = patchWith(current, request.body);
    requireName(body, request);
    const patchedObject = objectFromBody(body, request);
    const { object: wanted, warnings } = settleFields(patchedObject, request, fieldValidation);
    // The stored revision is no precondition; another one, that the patch sets, is.
    if (wanted.metadata.resourceVersion !== current.metadata.resourceVersion) return { object: wanted, warnings };
    const { resourceVersion: _, ...metadata } = wanted.metadata;
    return { object: { ...wanted, metadata }, warnings };
  } catch (error) {
    if (error instanceof StrictDecodingError) {
      const causes = [{ reason: "FieldValueInvalid", message: `Invalid value: ${error.message}`, field: "patch" }];
      throw new ApiError(
        422,
        "Invalid",
        `the patched object is invalid: ${error.message}`,
        { causes },
        { cause: error },
      );
    }
    if (!(error instanceof JsonPatchRefused)) throw error;
    const why = `the patch does not fit ${request.definition.kind} ${JSON.stringify(current.metadata.name)}`;
    throw new ApiError(422, "Invalid", `${why}: ${error.message}`, {}, { cause: error });
  }
}

/** Before a body is read that nobody could take. @throws ApiError 415 */
export function requirePatchFormat({ contentType, definition }: Pick<ResourceRequest, "contentType" | "definition">) {
  if (contentType !== mediaTypes.applyPatch) patchFunction(contentType, definition);
}

function patchFunction(type: string, definition: ResourceDefinition): PatchFunction {
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
