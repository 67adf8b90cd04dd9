/**
 * Writes a watch to its response: one JSON document a line. Owns the translation of store events into ADDED, MODIFIED
 * and DELETED as seen through a selector, bookmarks, the time limit, and backpressure: a client that does not read
 * stops the reading from the watch, whose bounded buffer then drops it.
 */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { StoreEvent } from "../store/store";
import type { WatchPlan } from "./context";
import { decodeValue, type JsonRecord, type KubeObject } from "./object";
import { translateStoreError } from "./object-storage";
import { apiVersionOf } from "./registry";
import { ApiError, expired } from "./status";

export interface WatchStreamOptions {
  readonly response: ServerResponse;
  readonly render: (object: KubeObject, now: number) => object;
  readonly now: () => number;
  readonly bookmarkMs: number;
}

interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
}

const initialEventsEnd = "k8s.io/initial-events-end";

/** Resolves when the stream has ended, whoever ended it. */
export async function streamWatch(plan: WatchPlan, options: WatchStreamOptions): Promise<void> {
  const { response } = options;
  const stop = () => plan.watch.close();
  response.once("close", stop);
  const deadline = setTimeout(stop, plan.timeoutMs);
  const bookmarks = plan.bookmarks ? setInterval(() => writeBookmark(plan, options), options.bookmarkMs) : undefined;
  try {
    response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
    response.flushHeaders();
    await writeEvents(plan, options);
  } catch (error) {
    const refusal = translateStoreError(error);
    if (!(refusal instanceof ApiError)) throw error;
    writeLine(response, { type: "ERROR", object: refusal.toStatus() });
  } finally {
    clearTimeout(deadline);
    clearInterval(bookmarks);
    response.off("close", stop);
    stop();
    response.end();
  }
}

async function writeEvents(plan: WatchPlan, options: WatchStreamOptions): Promise<void> {
  const { response, render, now } = options;
  for (const object of plan.initial) await writeAll(response, "ADDED", JSON.stringify(render(object, now())));
  if (plan.announceInitialEnd) writeBookmark(plan, options, { [initialEventsEnd]: "true" });
  for await (const item of plan.watch) {
    if (item.kind === "dropped") throw expired("the watch did not keep up with the changes: list again");
    const event = translateEvent(item.event, plan);
    if (event === undefined) continue;
    const shown = render(event.object, now());
    await writeAll(response, event.type, shown === event.object ? textOf(event.object) : JSON.stringify(shown));
  }
}

/** What an event says, parsed once for all who watch it. */
const decoded = new WeakMap<StoreEvent, { readonly object: KubeObject; readonly before: KubeObject | undefined }>();

function decodeEvent(event: StoreEvent) {
  const known = decoded.get(event);
  if (known !== undefined) return known;
  const { value, previous, revision } = event;
  const fresh = {
    object: decodeValue(value, revision),
    before: previous === undefined ? undefined : decodeValue(previous, revision),
  };
  decoded.set(event, fresh);
  return fresh;
}

/** The texts of objects that are sent as they are, made once for all who watch them. */
const texts = new WeakMap<KubeObject, string>();

function textOf(object: KubeObject): string {
  const known = texts.get(object);
  if (known !== undefined) return known;
  const fresh = JSON.stringify(object);
  texts.set(object, fresh);
  return fresh;
}

/** An object that comes to match is added, one that no longer does is deleted, whatever happened to it. */
export function translateEvent(event: StoreEvent, { selects }: Pick<WatchPlan, "selects">): WatchEvent | undefined {
  const { object, before } = decodeEvent(event);
  const matched = before !== undefined && selects(before);
  const matches = event.type !== "deleted" && selects(object);
  if (matches) return { type: matched ? "MODIFIED" : "ADDED", object };
  if (!matched) return undefined;
  return { type: "DELETED", object: event.type === "deleted" ? object : before };
}

function writeBookmark(plan: WatchPlan, { response }: WatchStreamOptions, annotations?: JsonRecord): void {
  // A bookmark behind unread lines would wait with them; the next one will do.
  if (response.writableNeedDrain) return;
  const { definition, watch } = plan;
  const metadata = { resourceVersion: String(watch.progress), ...(annotations ? { annotations } : {}) };
  const object = { kind: definition.kind, apiVersion: apiVersionOf(definition), metadata };
  writeLine(response, { type: "BOOKMARK", object });
}

async function writeAll(response: ServerResponse, type: WatchEvent["type"], text: string): Promise<void> {
  if (response.destroyed || response.write(`{"type":"${type}","object":${text}}\n`)) return;
  const gone = new AbortController();
  const onClose = () => gone.abort();
  response.once("close", onClose);
  try {
    await once(response, "drain", { signal: gone.signal });
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    response.off("close", onClose);
  }
}

function writeLine(response: ServerResponse, line: object): boolean {
  return response.destroyed || response.write(`${JSON.stringify(line)}\n`);
}
