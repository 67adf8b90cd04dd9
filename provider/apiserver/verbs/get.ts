/** GET of one object. */
import type { Answer, ResourceRequest, ServerContext } from "../context";
import { readObject } from "../object-storage";

export function get({ store }: ServerContext, { definition, namespace, name = "" }: ResourceRequest): Answer {
  const { object } = readObject(store, definition, { namespace, name });
  return { type: "object", code: 200, definition, object };
}
