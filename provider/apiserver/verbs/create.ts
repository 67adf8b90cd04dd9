/** POST of a new object: gives it name, uid and times, and stores it once. */
import { generatedName } from "../../core/generated-name";
import { admit } from "../admission";
import { type Answer, type ResourceRequest, type ServerContext, type Warning, writerOf } from "../context";
import { decodeObject } from "../decode";
import { trackUpdate, type Writer } from "../fields/managers";
import { metadataForCreate } from "../metadata";
import { requireLiveNamespace } from "../namespace-guard";
import type { KubeObject } from "../object";
import { createObject, findObject, placeOf } from "../object-storage";
import { fieldRulesOf } from "../registry";
import { ApiError, alreadyExists, badRequest } from "../status";
import { parseWriteOptions } from "./options";

const nameAttempts = 8;

export async function create(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  const { dryRun, fieldValidation } = parseWriteOptions(request.query, "CreateOptions");
  const { object: given, warnings } = decodeObject(request, fieldValidation);
  if (given.metadata.resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
  const { name, generateName } = given.metadata;
  const generates = name === "" && typeof generateName === "string" && generateName !== "";
  for (let attempt = 1; ; attempt++) {
    const chosen = generates ? generatedName(generateName, context.random) : name;
    try {
      return await createNamed(context, request, given, {
        name: chosen,
        dryRun,
        writer: writerOf(request, context),
        warnings,
      });
    } catch (error) {
      const taken = error instanceof ApiError && error.reason === "AlreadyExists";
      if (!taken || !generates || attempt >= nameAttempts) throw error;
    }
  }
}

/** A status is written by its own door alone. */
function withoutStatus({ status: _, apiVersion, kind, metadata, ...rest }: KubeObject): KubeObject {
  return { ...rest, apiVersion, kind, metadata };
}

interface NamedCreate {
  readonly name: string;
  readonly dryRun: boolean;
  readonly writer?: Writer;
  /** What is to be told besides what the object's own rules say. */
  readonly warnings?: readonly Warning[];
}

/** No turn of the event loop passes between the namespace check and the write; the emptier of namespaces relies on it. */
export async function createNamed(
  context: ServerContext,
  { definition }: Pick<ResourceRequest, "definition">,
  given: KubeObject,
  { name, dryRun, writer, warnings: told = [] }: NamedCreate,
): Promise<Answer> {
  const named = { ...given, metadata: metadataForCreate(given.metadata, name, definition, context) };
  const fresh = definition.subresources.status ? withoutStatus(named) : named;
  const prepared = definition.prepare?.(fresh, undefined) ?? fresh;
  const warnings = admit(definition, prepared, undefined);
  const tracks = definition.tracksFields && writer !== undefined;
  const tracked = tracks ? trackUpdate(prepared, undefined, writer, fieldRulesOf(definition)) : prepared;
  const object = definition.complete?.(tracked) ?? tracked;
  requireLiveNamespace(context, definition, object);
  if (dryRun && findObject(context.store, definition, placeOf(object)) !== undefined)
    throw alreadyExists(definition, name);
  const created = dryRun ? object : await createObject(context.store, definition, object);
  return { type: "object", code: 201, definition, object: created, warnings: [...told, ...warnings] };
}
