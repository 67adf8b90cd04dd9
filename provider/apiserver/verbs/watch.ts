/**
 * Prepares a watch: from which revision, which objects first, and for how long. The stream itself is written by
 * `watch-stream`. https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import { randomInt } from "node:crypto";
import type { FieldError } from "../../core/field-error";
import type { Answer, ResourceRequest, ServerContext } from "../context";
import { prefixOf } from "../object-storage";
import { expired, invalid } from "../status";
import { listObjects } from "./list";
import { parseCount, parseFlag } from "./options";
import { parseSelection } from "./selection";

/** Real servers end a watch without a timeout after a random while, so that clients do not return all at once. */
const shortestDefaultSeconds = 1800;
const longestDefaultSeconds = 3600;

export function watch(context: ServerContext, request: ResourceRequest): Answer {
  const { definition, namespace, query } = request;
  const { selects } = parseSelection(request);
  const bookmarks = parseFlag(query, "allowWatchBookmarks");
  const sendInitialEvents = parseSendInitialEvents(request, bookmarks);
  const revision = parseCount(query, "resourceVersion") ?? 0;
  // A client that is ahead of the store has known another one: nothing it holds can be continued.
  if (revision > context.store.revision) throw expired(`resource version ${revision} is from another store`);
  const fromScratch = sendInitialEvents ?? revision === 0;
  const after = fromScratch || revision === 0 ? context.store.revision : revision;
  const stream = context.store.watch({ prefix: prefixOf(definition, namespace), after });
  const initial = fromScratch ? listObjects(context, { ...request, query: selectorsOf(query) }).items() : [];
  const seconds = parseCount(query, "timeoutSeconds") || randomInt(shortestDefaultSeconds, longestDefaultSeconds);
  return {
    type: "watch",
    plan: {
      definition,
      watch: stream,
      selects,
      initial,
      announceInitialEnd: sendInitialEvents === true,
      bookmarks,
      timeoutMs: Math.min(seconds, 2_000_000) * 1000,
    },
  };
}

function selectorsOf(query: URLSearchParams): URLSearchParams {
  const kept = ["labelSelector", "fieldSelector"].map((name): [string, string] => [name, query.get(name) ?? ""]);
  return new URLSearchParams(kept.filter(([, value]) => value !== ""));
}

function parseSendInitialEvents(request: ResourceRequest, bookmarks: boolean): boolean | undefined {
  const { definition, query } = request;
  const match = query.get("resourceVersionMatch");
  const errors: FieldError[] = [];
  const asked = query.has("sendInitialEvents");
  if (!asked && match) {
    const detail = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
    errors.push({ type: "FieldValueForbidden", field: "resourceVersionMatch", detail });
  }
  if (asked && match !== "NotOlderThan") {
    const detail = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
    errors.push({ type: "FieldValueForbidden", field: "resourceVersionMatch", detail });
  }
  if (asked && parseFlag(query, "sendInitialEvents") && !bookmarks) {
    const detail = "sendInitialEvents requires allowWatchBookmarks";
    errors.push({ type: "FieldValueForbidden", field: "allowWatchBookmarks", detail });
  }
  if (errors.length > 0) throw invalid({ ...definition, kind: "ListOptions", group: "meta.k8s.io" }, "", errors);
  return asked ? parseFlag(query, "sendInitialEvents") : undefined;
}
