/**
 * From a request to the verb that answers it. The URL grammar of resources is `request-info`'s and the same for all of
 * them, so one table of methods replaces routes.
 */
import type { Answer, ResourceRequest, ServerContext } from "./context";
import type { Verb } from "./registry";
import { parseResourcePath } from "./request-info";
import { methodNotAllowed, unknownPath } from "./status";
import { create } from "./verbs/create";
import { remove, removeCollection } from "./verbs/delete";
import { get } from "./verbs/get";
import { list } from "./verbs/list";
import { parseFlag } from "./verbs/options";
import { patch } from "./verbs/patch";
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

/** @throws ApiError 404 for what is not served, 405 for what it does not allow */
export function route(context: ServerContext, raw: RawRequest): RoutedRequest {
  const path = parseResourcePath(raw.url.pathname);
  if (path === undefined) throw unknownPath();
  const definition = context.registry.find(path.group, path.version, path.plural);
  if (definition === undefined) throw unknownPath();
  if (path.namespace !== undefined && !definition.namespaced) throw unknownPath();
  const { name, namespace, subresource } = path;
  if (definition.namespaced && name !== undefined && namespace === undefined) throw unknownPath();
  if (subresource !== undefined && !serves(definition.subresources, subresource)) throw unknownPath(definition, name);
  const query = raw.url.searchParams;
  const verb = verbOf(raw.method, query, { named: name !== undefined });
  const needsNamespace =
    definition.namespaced && namespace === undefined && (verb === "create" || verb === "deletecollection");
  if (verb === undefined || needsNamespace || !definition.verbs.includes(verb))
    throw methodNotAllowed(raw.method, definition);
  if (subresource !== undefined && verb !== "get" && verb !== "update" && verb !== "patch")
    throw methodNotAllowed(raw.method, definition);
  return {
    verb,
    definition,
    query,
    contentType: raw.contentType,
    fieldManager: query.get("fieldManager") || raw.userAgent.split("/")[0] || "unknown",
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

export async function answer(context: ServerContext, request: RoutedRequest & ResourceRequest): Promise<Answer> {
  const handler = request.subresource === "scale" ? scaleHandlers[request.verb] : handlers[request.verb];
  if (handler === undefined) throw methodNotAllowed(request.verb);
  return handler(context, request);
}

function serves(subresources: { readonly status: boolean; readonly scale?: unknown }, name: string): boolean {
  return (name === "status" && subresources.status) || (name === "scale" && subresources.scale !== undefined);
}

function verbOf(method: string, query: URLSearchParams, { named }: { named: boolean }): Verb | undefined {
  switch (method) {
    case "GET":
    case "HEAD":
      if (parseFlag(query, "watch")) return "watch";
      return named ? "get" : "list";
    case "POST":
      return named ? undefined : "create";
    case "PUT":
      return named ? "update" : undefined;
    case "PATCH":
      return named ? "patch" : undefined;
    case "DELETE":
      return named ? "delete" : "deletecollection";
    default:
      return undefined;
  }
}
