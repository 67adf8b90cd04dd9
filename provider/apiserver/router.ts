/**
 * From a request to the verb that answers it. The URL grammar of resources is `request-info`'s and the same for all of
 * them, so one table of methods replaces routes.
 */
import type { Answer, ResourceRequest, ServerContext } from "./context";
import type { ResourceDefinition, Verb } from "./registry";
import { parseResourcePath, type ResourcePath } from "./request-info";
import { badRequest, methodNotAllowed, unknownPath } from "./status";
import { create } from "./verbs/create";
import { remove, removeCollection } from "./verbs/delete";
import { get } from "./verbs/get";
import { list } from "./verbs/list";
import { parseFlag } from "./verbs/options";
import { patch, requirePatchFormat } from "./verbs/patch";
import { getScale, patchScale, updateScale } from "./verbs/scale";
import { update } from "./verbs/update";
import { watch } from "./verbs/watch";

type Handler = (context: ServerContext, request: ResourceRequest) => Answer | Promise<Answer>;

const handlers: Readonly<Record<Verb, Handler>> = {
  create,
  delete: remove,
  deletecollection: removeCollection,
  get,
  list,
  patch,
  update,
  watch,
};

const scaleHandlers: Readonly<Partial<Record<Verb, Handler>>> = {
  get: getScale,
  update: updateScale,
  patch: patchScale,
};

/** A request whose place is known and whose body is still to be read. */
export interface RoutedRequest extends Omit<ResourceRequest, "body"> {
  readonly verb: Verb;
}

export interface RawRequest {
  readonly method: string;
  readonly url: URL;
  readonly contentType: string;
  readonly userAgent: string;
}

/** @throws ApiError 404 for what is not served, 405 for what it does not allow, 400 for a verb that lacks its name */
export function route(context: ServerContext, raw: RawRequest): RoutedRequest {
  const path = parseResourcePath(raw.url.pathname);
  if (path === undefined) throw unknownPath();
  const definition = context.registry.find(path.group, path.version, path.plural);
  if (definition === undefined) throw unknownPath();
  requirePlace(path, definition);
  const verb = verbOf(raw, path, definition);
  if (verb === undefined || !definition.verbs.includes(verb)) {
    throw methodNotAllowed(raw.method, definition.custom ? definition : undefined);
  }
  const query = raw.url.searchParams;
  const { name, namespace, subresource } = path;
  return {
    verb,
    definition,
    query,
    contentType: raw.contentType,
    fieldManager: query.get("fieldManager") || raw.userAgent.split("/")[0] || "unknown",
    ...(namespace === undefined ? {} : { namespace }),
    // A new object's name is in its body.
    ...(name === undefined || verb === "create" ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function requirePlace({ namespace, name, subresource, watch }: ResourcePath, definition: ResourceDefinition): void {
  const { namespaced, custom } = definition;
  if (namespace !== undefined && !namespaced) throw unknownPath();
  // Custom kinds are watched by name in all namespaces too.
  const everywhere = watch === true && custom;
  if (namespaced && name !== undefined && namespace === undefined && !everywhere) throw unknownPath();
  if (subresource === undefined) return;
  if (watch === true && !custom) throw unknownPath();
  if (!serves(definition.subresources, subresource)) throw unknownPath(definition, name);
}

export async function answer(context: ServerContext, request: RoutedRequest & ResourceRequest): Promise<Answer> {
  const handler = request.subresource === "scale" ? scaleHandlers[request.verb] : handlers[request.verb];
  if (handler === undefined) throw methodNotAllowed(request.verb);
  return handler(context, request);
}

function serves(subresources: { readonly status: boolean; readonly scale?: unknown }, name: string): boolean {
  return (name === "status" && subresources.status) || (name === "scale" && subresources.scale !== undefined);
}

/** Undefined for a method that the path does not take. @throws ApiError 400, 404, 415 */
function verbOf(raw: RawRequest, path: ResourcePath, definition: ResourceDefinition): Verb | undefined {
  const { name, namespace, subresource, watch: watched } = path;
  const verb = methodVerb(raw.method, raw.url.searchParams, path);
  if (watched === true) return raw.method === "GET" && subresource === undefined ? "watch" : undefined;
  if (subresource !== undefined) return verb === "get" || verb === "update" || verb === "patch" ? verb : undefined;
  const needsNamespace = definition.namespaced && namespace === undefined && verb !== "list" && verb !== "watch";
  if (needsNamespace && definition.custom) throw unknownPath();
  if (needsNamespace) return undefined;
  if (verb === "update" || verb === "patch") {
    if (name !== undefined) return verb;
    if (!definition.custom) return undefined;
    if (verb === "patch") requirePatchFormat({ contentType: raw.contentType, definition });
    throw badRequest("name must be provided");
  }
  // The path of a custom object takes new ones too, whatever their name.
  return verb === "create" && name !== undefined && !definition.custom ? undefined : verb;
}

function methodVerb(method: string, query: URLSearchParams, { name }: ResourcePath): Verb | undefined {
  switch (method) {
    case "GET":
    case "HEAD":
      if (name !== undefined) return "get";
      return parseFlag(query, "watch") ? "watch" : "list";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === undefined ? "deletecollection" : "delete";
    default:
      return undefined;
  }
}
