/**
 * The scale subresource: how many, through a door that is the same for every kind that has it. Owns the Scale object
 * (autoscaling/v1), made from paths that the definition names.
 */
import { changeObject } from "../change";
import { type Answer, type ResourceRequest, type ServerContext, writerOf } from "../context";
import { compileJsonPath } from "../json-path";
import { isRecord, type JsonRecord, type KubeObject, valueAt } from "../object";
import { readObject } from "../object-storage";
import { applyJsonPatch } from "../patch/json-patch";
import { applyMergePatch } from "../patch/merge-patch";
import type { ScalePaths } from "../registry";
import { badRequest, invalid, unknownPath, unsupportedMediaType } from "../status";
import { parseWriteOptions } from "./options";

export function getScale({ store }: ServerContext, request: ResourceRequest): Answer {
  const { definition, namespace, name = "" } = request;
  const { object } = readObject(store, definition, { namespace, name });
  return { type: "object", code: 200, definition, object: toScale(object, pathsOf(request)) };
}

export function updateScale(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  return changeScale(context, request, "UpdateOptions", () => request.body);
}

export function patchScale(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  const { contentType, body } = request;
  if (contentType === "application/json-patch+json") {
    return changeScale(context, request, "PatchOptions", (scale) => applyJsonPatch(scale, body));
  }
  if (contentType === "application/merge-patch+json" || contentType === "application/strategic-merge-patch+json") {
    return changeScale(context, request, "PatchOptions", (scale) => applyMergePatch(scale, body));
  }
  throw unsupportedMediaType(contentType, ["application/json-patch+json", "application/merge-patch+json"]);
}

async function changeScale(
  context: ServerContext,
  request: ResourceRequest,
  optionsKind: "UpdateOptions" | "PatchOptions",
  make: (scale: KubeObject) => unknown,
): Promise<Answer> {
  const { definition, namespace, name = "" } = request;
  const paths = pathsOf(request);
  const { dryRun } = parseWriteOptions(request.query, optionsKind);
  const { object, warnings } = await changeObject(context, {
    definition,
    place: { namespace, name },
    part: "main",
    dryRun,
    writer: writerOf(request, context),
    make: (current) => withReplicas(current, make(toScale(current, paths)), request, paths),
  });
  return { type: "object", code: 200, definition, object: toScale(object, paths), warnings };
}

function withReplicas(current: KubeObject, scale: unknown, request: ResourceRequest, paths: ScalePaths): KubeObject {
  if (!isRecord(scale)) throw badRequest("the body of the request is not a Scale");
  const replicas = valueAt(scale, "spec", "replicas") ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas) || replicas < 0) {
    const fault = { type: "FieldValueInvalid", field: "spec.replicas", badValue: replicas } as const;
    throw invalid(request.definition, current.metadata.name, [
      { ...fault, detail: "must be a whole number of at least 0" },
    ]);
  }
  const resourceVersion = valueAt(scale, "metadata", "resourceVersion");
  const { resourceVersion: _, ...metadata } = current.metadata;
  const pinned = typeof resourceVersion === "string" ? { ...metadata, resourceVersion } : metadata;
  return { ...setAt(current, paths.specReplicasPath.slice(1).split("."), replicas), metadata: pinned };
}

function setAt(object: KubeObject, path: readonly string[], value: unknown): KubeObject {
  const [head, ...rest] = path;
  if (head === undefined) return object;
  return { ...object, [head]: setIn(object[head], rest, value) };
}

function setIn(target: unknown, path: readonly string[], value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  const base: JsonRecord = isRecord(target) ? target : {};
  return { ...base, [head]: setIn(base[head], rest, value) };
}

function pathsOf({ definition }: ResourceRequest): ScalePaths {
  const paths = definition.subresources.scale;
  if (paths === undefined) throw unknownPath();
  return paths;
}

function toScale(object: KubeObject, paths: ScalePaths): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const wanted = compileJsonPath(paths.specReplicasPath)(object) ?? 0;
  const selector = paths.labelSelectorPath === undefined ? undefined : compileJsonPath(paths.labelSelectorPath)(object);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: withoutUndefined({ name, namespace, uid, resourceVersion, creationTimestamp }, name),
    // As in every Scale, a wish for none is left out.
    spec: wanted === 0 ? {} : { replicas: wanted },
    status: {
      replicas: compileJsonPath(paths.statusReplicasPath)(object) ?? 0,
      ...(typeof selector === "string" ? { selector } : {}),
    },
  };
}

function withoutUndefined(fields: JsonRecord, name: string): KubeObject["metadata"] {
  return { ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)), name };
}
