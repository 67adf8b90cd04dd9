/**
 * Prepares a watch: from which revision, which objects first, and for how long. The stream itself is written by
 * `watch-stream`. https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import { randomInt } from "node:crypto";
import type { Answer, ResourceRequest, ServerContext } from "../context";
import { prefixOf } from "../object-storage";
import { badRequest, expired } from "../status";
import { listObjects } from "./list";
import { type ListOptions, parseListOptions, parseRevision } from "./list-options";
import { parseSelection } from "./selection";

/** Real servers end a watch without a timeout after a random while, so that clients do not return all at once. */
const shortestDefaultSeconds = 1800;
const longestDefaultSeconds = 3600;

/** @throws ApiError 400, 410, 422 */
export function watch(context: ServerContext, request: ResourceRequest): Answer {
  const { definition, namespace, query } = request;
  const options = parseListOptions(query);
  const { selects } = parseSelection(request);
  const { bookmarks, sendInitialEvents } = options;
  const timeoutMs = timeoutOf(options);
  const revision = parseRevision(options.resourceVersion);
  // A client that is ahead of the store has known another one: nothing it holds can be continued.
  if (revision > context.store.revision) throw expired(`resource version ${revision} is from another store`);
  const fromScratch = sendInitialEvents ?? revision === 0;
  const after = fromScratch || revision === 0 ? context.store.revision : revision;
  const stream = context.store.watch({ prefix: prefixOf(definition, namespace), after });
  const initial = fromScratch ? listObjects(context, { ...request, query: selectorsOf(query) }).items() : [];
  const announceInitialEnd = sendInitialEvents === true && bookmarks;
  return {
    type: "watch",
    plan: { definition, watch: stream, selects, initial, announceInitialEnd, bookmarks, timeoutMs },
  };
}

function timeoutOf({ timeoutSeconds = 0 }: ListOptions): number {
  if (timeoutSeconds < 0) throw badRequest(`timeoutSeconds: a watch cannot end ${-timeoutSeconds} seconds ago`);
  const seconds = timeoutSeconds || randomInt(shortestDefaultSeconds, longestDefaultSeconds);
  return Math.min(seconds, 2_000_000) * 1000;
}

function selectorsOf(query: URLSearchParams): URLSearchParams {
  const kept = ["labelSelector", "fieldSelector"].map((name): [string, string] => [name, query.get(name) ?? ""]);
  return new URLSearchParams(kept.filter(([, value]) => value !== ""));
}
