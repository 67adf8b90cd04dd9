/** GET of one object. */
import type { Answer, ResourceRequest, ServerContext } from "../context";
import { readObject } from "../object-storage";
import { tooLarge } from "./list";
import { parseRevision } from "./list-options";

/** Whichever version is asked for, the newest is no older. @throws ApiError 400, 404, 504 */
export function get({ store }: ServerContext, { definition, namespace, name = "", query }: ResourceRequest): Answer {
  const revision = parseRevision(query.get("resourceVersion") ?? "");
  if (revision > store.revision) throw tooLarge(revision, store.revision);
  const { object } = readObject(store, definition, { namespace, name });
  return { type: "object", code: 200, definition, object };
}
