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
import { parseCount } from "./options";
import { parseSelection } from "./selection";

export function list(context: ServerContext, request: ResourceRequest): Answer {
  return { type: "list", list: listObjects(context, request) };
}

export function listObjects({ store }: ServerContext, request: ResourceRequest): ObjectList {
  const { definition, query } = request;
  const { selects, everything } = parseSelection(request);
  const limit = parseCount(query, "limit") || undefined;
  const page = parsePage(query, store.revision);
  const prefix = prefixOf(definition, request.namespace);
  const entries: Entry[] = [];
  let after = page.after;
  for (;;) {
    const chunk = store.list({
      prefix,
      ...page,
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
        continueToken: encodeToken({ revision: chunk.revision, after }),
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
  readonly after?: string;
}

function parsePage(query: URLSearchParams, newest: number): Page {
  const token = query.get("continue");
  if (token) return decodeToken(token);
  const revision = parseCount(query, "resourceVersion");
  const match = query.get("resourceVersionMatch");
  if (match !== null && match !== "" && revision === undefined) {
    throw badRequest("resourceVersionMatch is forbidden unless resourceVersion is provided");
  }
  if (revision !== undefined && revision > newest) throw tooLarge(revision, newest);
  return match === "Exact" && revision !== undefined ? { revision } : {};
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
    if (isRecord(page) && Number.isSafeInteger(page.revision) && typeof page.after === "string") {
      return { revision: Number(page.revision), after: page.after };
    }
  } catch (error) {
    throw badRequest("continue key is not valid", { cause: error });
  }
  throw badRequest("continue key is not valid");
}
