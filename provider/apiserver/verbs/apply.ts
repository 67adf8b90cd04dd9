/**
 * Server-side apply: a PATCH whose body is the configuration itself. Creates the object when it is not there.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import type { FieldError } from "../../core/field-error";
import { objectFromBody } from "../admission";
import { changeObject } from "../change";
import { type Answer, type ResourceRequest, type ServerContext, writerOf } from "../context";
import { StrictDecodingError, settleFields } from "../field-validation";
import { applyConfiguration } from "../fields/managers";
import type { KubeObject } from "../object";
import { findObject } from "../object-storage";
import { apiVersionOf, fieldRulesOf } from "../registry";
import { ApiError, badRequest, notFound } from "../status";
import { createNamed } from "./create";
import { parseFlag, parseWriteOptions } from "./options";

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
  const { namespace = "", name = "", definition } = request;
  try {
    return settleFields(objectFromBody(request.body, request), request, "Strict").object;
  } catch (error) {
    if (!(error instanceof StrictDecodingError)) throw error;
    const what = `${namespace}/${name}; ${apiVersionOf(definition)}, Kind=${definition.kind}`;
    throw badRequest(`failed to create typed patch object (${what}): ${error.message}`, { cause: error });
  }
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
  if (findObject(context.store, definition, { namespace, name }) === undefined) {
    if (request.subresource !== undefined) throw notFound(definition, name);
    const object = applyConfiguration({ applied, current: undefined, force }, writer, rules);
    return createNamed(context, { definition }, object, { name, dryRun });
  }
  const { object, warnings } = await changeObject(context, {
    definition,
    place: { namespace, name },
    part: request.subresource === "status" ? "status" : "main",
    dryRun,
    make: (current) => {
      const merged = applyConfiguration({ applied, current, force }, writer, rules);
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
