/**
 * The scale subresource: how many, through a door that is the same for every kind that has it. Owns the Scale object
 * (autoscaling/v1), made from paths that the definition names.
 */

import { compileJsonPath } from "../../core/json-path";
import { mediaTypes } from "../body";
import { changeObject } from "../change";
import { type Answer, type ResourceRequest, type ServerContext, writerOf } from "../context";
import { decodeObject } from "../decode";
import type { SettledFields } from "../field-validation";
import { isRecord, type JsonRecord, type KubeObject, valueAt } from "../object";
import { readObject } from "../object-storage";
import type { ResourceDefinition, ScalePaths } from "../registry";
import { coreResource } from "../resources/core";
import { anything, count, record } from "../schema/shorthand";
import { badRequest, invalid, unknownPath, unsupportedMediaType } from "../status";
import { parseWriteOptions } from "./options";
import { patched, patchFunction, unreadable } from "./patch";

/** What a body is read as; the door is no collection of its own. */
const scales = coreResource({
  group: "autoscaling",
  kind: "Scale",
  plural: "scales",
  singular: "scale",
  description: "How many of something there are to be.",
  fields: { spec: record("What is wanted.", { replicas: count("How many.") }), status: anything },
});

export function getScale({ store }: ServerContext, request: ResourceRequest): Answer {
  const { definition, namespace, name = "" } = request;
  const { object } = readObject(store, definition, { namespace, name });
  return { type: "object", code: 200, definition, object: toScale(object, pathsOf(request)) };
}

export function updateScale(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  const { dryRun, fieldValidation } = parseWriteOptions(request.query, "UpdateOptions");
  const { object: scale, warnings } = decodeObject({ ...request, definition: scales }, fieldValidation);
  const fault = replicasFault(scale);
  if (fault !== undefined) throw badRequest(`Scale in version "v1" cannot be handled as a Scale: ${fault}`);
  const { uid } = scale.metadata;
  return changeScale(context, request, { dryRun, uid, make: () => ({ object: scale, warnings }) });
}

export function patchScale(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  const { contentType, definition, body } = request;
  if (body === undefined) throw badRequest("the body of the patch is empty");
  if (contentType === mediaTypes.applyPatch) {
    throw unsupportedMediaType(contentType, [mediaTypes.jsonPatch, mediaTypes.mergePatch]);
  }
  const patchWith = patchFunction(contentType, definition);
  const { dryRun, fieldValidation } = parseWriteOptions(request.query, "PatchOptions");
  const make = (current: KubeObject) => {
    const asked = { ...request, definition: scales };
    const settled = patched(withNumber(current), asked, { patchWith, fieldValidation });
    const fault = replicasFault(settled.object);
    if (fault !== undefined) throw unreadable(fault);
    return settled;
  };
  return changeScale(context, request, { dryRun, make });
}

/** A patch may replace, or test, a number that is left out because it is none. */
function withNumber(scale: KubeObject): KubeObject {
  return { ...scale, spec: { replicas: 0, ...(isRecord(scale.spec) ? scale.spec : {}) } };
}

interface ScaleChange {
  readonly dryRun: boolean;
  /** Of the object that is meant, where a client says so. */
  readonly uid?: string | undefined;
  readonly make: (scale: KubeObject) => SettledFields;
}

async function changeScale(
  context: ServerContext,
  request: ResourceRequest,
  { dryRun, uid, make }: ScaleChange,
): Promise<Answer> {
  const { definition, namespace, name = "" } = request;
  const paths = pathsOf(request);
  let told: readonly string[] = [];
  const { object, warnings } = await changeObject(context, {
    definition,
    place: { namespace, name },
    part: "main",
    dryRun,
    uid,
    writer: writerOf(request, context),
    make: (current) => {
      const scale = make(toScale(current, paths));
      told = scale.warnings;
      return withReplicas(current, scale.object, definition, paths);
    },
  });
  return { type: "object", code: 200, definition, object: toScale(object, paths), warnings: [...told, ...warnings] };
}

const replicasLimit = 2 ** 31;

/** A number that a Scale cannot hold; whether an object may have so many is for its kind to judge. */
function replicasFault({ spec }: KubeObject): string | undefined {
  const replicas = valueAt(spec, "replicas") ?? 0;
  if (Number.isInteger(replicas) && Number(replicas) < replicasLimit && Number(replicas) >= -replicasLimit) {
    return undefined;
  }
  return `spec.replicas: ${JSON.stringify(replicas)} is not a whole number of 32 bits`;
}

function withReplicas(
  current: KubeObject,
  scale: KubeObject,
  definition: ResourceDefinition,
  paths: ScalePaths,
): KubeObject {
  const replicas = Number(valueAt(scale, "spec", "replicas") ?? 0);
  if (replicas < 0) {
    const fault = { type: "FieldValueInvalid", field: "spec.replicas", badValue: replicas } as const;
    throw invalid(definition, current.metadata.name, [{ ...fault, detail: "must be a whole number of at least 0" }]);
  }
  const { resourceVersion } = scale.metadata;
  const { resourceVersion: _, ...metadata } = current.metadata;
  const pinned = resourceVersion === undefined ? metadata : { ...metadata, resourceVersion };
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
