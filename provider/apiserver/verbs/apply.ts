/**
 * Server-side apply: a PATCH whose body is the configuration itself. Creates the object when it is not there.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import type { FieldError } from "../../core/field-error";
import { objectFromBody, requireName } from "../admission";
import { changeObject, namesVersion } from "../change";
import { type Answer, type ResourceRequest, type ServerContext, writerOf } from "../context";
import { StrictDecodingError, settleFields } from "../field-validation";
import { renewLastApplied } from "../fields/last-applied";
import { applyConfiguration } from "../fields/managers";
import { keyFaults, nullFaults, typeFaults } from "../fields/typed";
import { metadataTypeFault } from "../metadata";
import { isRecord, type KubeObject, valueAt } from "../object";
import { findObject } from "../object-storage";
import { apiVersionOf, fieldRulesOf } from "../registry";
import { ApiError, badRequest, conflict, invalid, notFound } from "../status";
import { createNamed } from "./create";
import { parseFlag, parseWriteOptions } from "./options";
import { needsVersion } from "./update";

/** Someone may create, or delete, the object between the look and the write. */
const attempts = 4;

export async function apply(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  const { dryRun } = parseWriteOptions(request.query, "PatchOptions", managerFaults(request.query));
  const applied = configurationOf(request);
  if (applied.metadata.managedFields !== undefined) throw badRequest("metadata.managedFields must be nil");
  for (let attempt = 1; ; attempt++) {
    try {
      return await applyOnce(context, request, { applied, dryRun });
    } catch (error) {
      const overtaken = error instanceof ApiError && (error.reason === "AlreadyExists" || error.reason === "NotFound");
      const retries = overtaken && request.subresource === undefined && attempt < attempts;
      if (!retries || namespaceIsGone(context, request)) throw error;
    }
  }
}

/** A field that a kind does not have can have no manager, whatever is asked of field validation. */
function configurationOf(request: ResourceRequest): KubeObject {
  const { definition, body } = request;
  if (isRecord(body) && body.kind !== undefined && body.kind !== definition.kind) {
    throw badRequest(`invalid object type: ${JSON.stringify(body.kind)} is not ${definition.kind}`);
  }
  const given = objectFromBody(body, request);
  const metadata = valueAt(body, "metadata");
  if (isRecord(metadata) && Object.hasOwn(metadata, "name")) requireName(body, request);
  const shape = metadataTypeFault(metadata);
  const faults = [...(shape === undefined ? [] : [shape]), ...typeFaults(body, definition.schema())];
  if (faults.length === 0) faults.push(...keyFaults(body, definition.schema()));
  if (faults.length > 0) throw untyped(request, faults.join("; "));
  const nulls = definition.custom ? nullFaults(body, definition.schema()) : [];
  if (nulls.length > 0) throw invalid(definition, given.metadata.name, nulls);
  try {
    return settleFields(given, request, "Strict").object;
  } catch (error) {
    if (!(error instanceof StrictDecodingError)) throw error;
    throw untyped(request, error.message, { cause: error });
  }
}

function untyped({ namespace = "", name = "", definition }: ResourceRequest, why: string, options?: ErrorOptions) {
  const what = `${namespace}/${name}; ${apiVersionOf(definition)}, Kind=${definition.kind}`;
  return badRequest(`failed to create typed patch object (${what}): ${why}`, options);
}

function managerFaults(query: URLSearchParams): readonly FieldError[] {
  if (query.get("fieldManager")) return [];
  return [{ type: "FieldValueRequired", field: "fieldManager", detail: "is required for apply patch" }];
}

interface Application {
  readonly applied: KubeObject;
  readonly dryRun: boolean;
}

function namespaceIsGone({ store, registry }: ServerContext, { definition, namespace }: ResourceRequest): boolean {
  const namespaces = registry.find("", "v1", "namespaces");
  if (!definition.namespaced || namespace === undefined || namespaces === undefined) return false;
  return findObject(store, namespaces, { name: namespace }) === undefined;
}

async function applyOnce(
  context: ServerContext,
  request: ResourceRequest,
  { applied, dryRun }: Application,
): Promise<Answer> {
  const { definition, namespace, name = "" } = request;
  const writer = writerOf(request, context);
  const force = parseFlag(request.query, "force");
  const rules = fieldRulesOf(definition);
  const configuration = isRecord(request.body) ? request.body : {};
  const renewed = (object: KubeObject) => renewLastApplied(object, configuration, writer);
  if (findObject(context.store, definition, { namespace, name }) === undefined) {
    if (request.subresource !== undefined) throw notFound(definition, name);
    requireName(request.body, request);
    const { uid } = applied.metadata;
    if (uid) throw conflict(definition, name, `there is no object, so none with the uid ${JSON.stringify(uid)}`);
    const object = applyConfiguration({ applied, current: undefined, force }, writer, rules);
    return createNamed(context, { definition }, renewed(object), { name, dryRun });
  }
  const { object, warnings } = await changeObject(context, {
    definition,
    place: { namespace, name },
    part: request.subresource === "status" ? "status" : "main",
    dryRun,
    make: (current) => {
      const { resourceVersion } = applied.metadata;
      if (definition.custom && resourceVersion !== undefined && !namesVersion(resourceVersion)) {
        throw needsVersion(definition, name);
      }
      const merged = renewed(applyConfiguration({ applied, current, force }, writer, rules));
      const { resourceVersion: _, ...metadata } = merged.metadata;
      return { ...merged, metadata: { ...metadata, ...pinnedBy(applied) } };
    },
  });
  return { type: "object", code: 200, definition, object, warnings };
}

/** A configuration that names a uid or a version means that one. */
function pinnedBy({ metadata: { uid, resourceVersion } }: KubeObject): Partial<KubeObject["metadata"]> {
  return { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}
