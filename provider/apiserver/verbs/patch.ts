/** PATCH in the formats Kubernetes knows. Owns the choice of the format; each one is a file in `patch/`. */

import { objectFromBody } from "../admission";
import { mediaTypes } from "../body";
import { changeObject } from "../change";
import { type Answer, type ResourceRequest, type ServerContext, writerOf } from "../context";
import type { KubeObject } from "../object";
import { applyJsonPatch, JsonPatchRefused } from "../patch/json-patch";
import { applyMergePatch } from "../patch/merge-patch";
import { applyStrategicMergePatch } from "../patch/strategic-merge-patch";
import type { ResourceDefinition } from "../registry";
import { badRequest, invalid, unsupportedMediaType } from "../status";
import { apply } from "./apply";
import { parseDryRun } from "./options";

type PatchFunction = (target: unknown, patch: unknown) => unknown;

export async function patch(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  const { definition, namespace, name = "" } = request;
  if (request.body === undefined) throw badRequest("the body of the patch is empty");
  if (request.contentType === mediaTypes.applyPatch) return apply(context, request);
  const patchWith = patchFunction(request.contentType, definition);
  const { object, warnings } = await changeObject(context, {
    definition,
    place: { namespace, name },
    part: request.subresource === "status" ? "status" : "main",
    dryRun: parseDryRun(request.query),
    writer: writerOf(request, context),
    make: (current) => patched(current, request, patchWith),
  });
  return { type: "object", code: 200, definition, object, warnings };
}

function patched(current: KubeObject, request: ResourceRequest, patchWith: PatchFunction): KubeObject {
  try {
    const wanted = objectFromBody(patchWith(current, request.body), request);
    // The stored revision is no precondition; another one, that the patch sets, is.
    if (wanted.metadata.resourceVersion !== current.metadata.resourceVersion) return wanted;
    const { resourceVersion: _, ...metadata } = wanted.metadata;
    return { ...wanted, metadata };
  } catch (error) {
    if (!(error instanceof JsonPatchRefused)) throw error;
    throw invalid(request.definition, current.metadata.name, [error.fault]);
  }
}

function patchFunction(type: string, definition: ResourceDefinition): PatchFunction {
  if (type === mediaTypes.jsonPatch) return applyJsonPatch;
  if (type === mediaTypes.mergePatch) return applyMergePatch;
  if (type === mediaTypes.strategicMergePatch && definition.strategicMerge) return applyStrategicMergePatch;
  const supported = [mediaTypes.jsonPatch, mediaTypes.mergePatch];
  const strategic = definition.strategicMerge ? [mediaTypes.strategicMergePatch] : [];
  throw unsupportedMediaType(type, [...supported, ...strategic, mediaTypes.applyPatch]);
}
