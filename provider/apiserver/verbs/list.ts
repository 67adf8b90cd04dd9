/**
 * GET of a collection. Owns pages: a continue token names the revision of the first page and the last key seen, so
 * that all pages show one moment. https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */

import type { Entry } from "../../store/store";
import type { Answer, ObjectList, ResourceRequest, ServerContext } from "../context";
import { decodeEntry, isRecord, textOfEntry } from "../object";
import { prefixOf } from "../object-storage";
import { apiVersionOf, type ResourceDefinition } from "../registry";
import { ApiError, badRequest } from "../status";
import { type ListOptions, parseListOptions, parseRevision } from "./list-options";
import { parseSelection } from "./selection";

export function list(context: ServerContext, request: ResourceRequest): Answer {
  return { type: "list", list: listObjects(context, request) };
}

export function listObjects({ store }: ServerContext, request: ResourceRequest): ObjectList {
  const { definition } = request;
  const options = parseListOptions(request.query);
  const { selects, everything } = parseSelection(request);
  const { revision, last } = parsePage(options, store.revision);
  // Who takes any version gets all of it.
  const limit = options.resourceVersion === "0" && options.token === "" ? undefined : options.limit;
  const prefix = prefixOf(definition, request.namespace);
  const entries: Entry[] = [];
  let after = last === undefined ? undefined : prefix + last;
  for (;;) {
    const chunk = store.list({
      prefix,
      ...(revision === undefined ? {} : { revision }),
      ...(after === undefined ? {} : { after }),
      ...(limit ? { limit } : {}),
    });
    for (const entry of chunk.entries) {
      after = entry.key;
      if (everything || selects(decodeEntry(entry))) entries.push(entry);
      if (entries.length === limit) break;
    }
    const last = chunk.entries.at(-1);
    const exhausted = chunk.remaining === 0 && (last === undefined || last.key === after);
    const listed = { ...shown(definition, entries), resourceVersion: String(chunk.revision) };
    if (exhausted || limit === undefined) return listed;
    if (entries.length === limit && after !== undefined) {
      return {
        ...listed,
        continueToken: encodeToken({ revision: chunk.revision, last: after.slice(prefix.length) }),
        ...(everything ? { remaining: chunk.remaining } : {}),
      };
    }
  }
}

function shown(definition: ResourceDefinition, entries: readonly Entry[]) {
  const type = { apiVersion: apiVersionOf(definition), kind: definition.kind };
  return {
    definition,
    items: () => entries.map(decodeEntry),
    texts: () => entries.map((entry) => textOfEntry(entry, type)),
  };
}

interface Page {
  readonly revision?: number;
  /** The last key of the page before, without its prefix. */
  readonly last?: string;
}

function parsePage({ token, resourceVersion, match, limit }: ListOptions, newest: number): Page {
  if (token !== "") {
    const page = decodeToken(token);
    if (resourceVersion !== "" && resourceVersion !== "0") {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    return page;
  }
  const revision = parseRevision(resourceVersion);
  if (revision > newest) throw tooLarge(revision, newest);
  // The first of several pages is of the very version, or the later ones could not show the same moment.
  const exact = match === "Exact" || (match === "" && limit !== undefined);
  return exact && revision > 0 ? { revision } : {};
}

/** client-go waits and repeats on this one; it knows the cause by its reason. */
export function tooLarge(revision: number, newest: number): ApiError {
  const message = `Too large resource version: ${revision}, current: ${newest}`;
  return new ApiError(504, "Timeout", message, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

function encodeToken(page: Required<Page>): string {
  return Buffer.from(JSON.stringify(page)).toString("base64url");
}

function decodeToken(token: string): Required<Page> {
  try {
    const page: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (isRecord(page) && Number.isSafeInteger(page.revision) && typeof page.last === "string") {
      return { revision: Number(page.revision), last: page.last };
    }
  } catch (error) {
    throw badRequest("continue key is not valid", { cause: error });
  }
  throw badRequest("continue key is not valid");
}
