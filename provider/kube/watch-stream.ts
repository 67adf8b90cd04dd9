/**
 * One watch request as an async iterable of events. It ends when the server ends it; it throws ApiError on an ERROR
 * event, and UnreachableError when the line is cut or silent for longer than the dead-man time.
 */
import { StringDecoder } from "node:string_decoder";
import type { Connection } from "./connection";
import { ApiError, UnreachableError } from "./errors";
import { type KubeObject, type ResourceKind, resourcePath } from "./resource";
import { apiError, open, readStatus, readText } from "./transport";

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly resourceVersion: string;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Seconds after which the server ends the watch. Default 25. */
  readonly timeoutSeconds?: number;
  /** Milliseconds without a byte after which the line counts as dead. Default 30,000. */
  readonly silenceMs?: number;
}

export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string };

export type WatchStream<T> = AsyncIterable<WatchEvent<T>>;

/**
 * A quiet line and a dead one look the same, and bookmarks come only once a minute. So a watch is asked for briefly: its
 * end is the sign of life, and a line on which that end does not come in time is dead.
 */
export const watchSeconds = 25;
export const silenceMs = 30_000;

/** Longest single event. Larger is an error rather than unbounded memory. */
const maxEventLength = 16 * 1024 * 1024;

export async function openWatch<T extends KubeObject>(
  connection: Connection,
  resource: ResourceKind,
  options: WatchOptions,
): Promise<WatchStream<T>> {
  const response = await open(connection, {
    method: "GET",
    path: resourcePath(resource, { namespace: options.namespace }),
    query: {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: options.resourceVersion,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      timeoutSeconds: options.timeoutSeconds ?? watchSeconds,
    },
    signal: options.signal,
    timeoutMs: options.silenceMs ?? silenceMs,
  });
  if (response.statusCode !== 200) {
    const text = await readText(connection, response, options.signal);
    throw apiError(response.statusCode ?? 0, text, response.headers["retry-after"]);
  }
  return readEvents<T>(connection, response, options.signal);
}

async function* readEvents<T>(
  connection: Connection,
  chunks: AsyncIterable<unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator<WatchEvent<T>> {
  const decoder = new StringDecoder("utf8");
  /** The pieces of a line whose end has not come yet; looked through once each, however long it grows. */
  let pieces: string[] = [];
  let length = 0;
  try {
    for await (const chunk of chunks) {
      const [first = "", ...others] = (Buffer.isBuffer(chunk) ? decoder.write(chunk) : String(chunk)).split("\n");
      pieces.push(first);
      length += first.length;
      for (const next of others) {
        const line = pieces.join("");
        pieces = [next];
        length = next.length;
        if (line.trim() !== "") yield parseEvent<T>(line);
      }
      if (length > maxEventLength) throw new Error(`a watch event is longer than ${maxEventLength} characters`);
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (error instanceof ApiError) throw error;
    throw new UnreachableError(connection.server, error instanceof Error ? error : new Error(String(error)));
  }
}

function parseEvent<T>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as { type?: string; object?: { metadata?: { resourceVersion?: string } } };
  switch (event.type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type: event.type, object: event.object as T };
    case "BOOKMARK":
      return { type: "BOOKMARK", resourceVersion: event.object?.metadata?.resourceVersion ?? "" };
    default: {
      const status = readStatus(event.object);
      throw new ApiError(status.message ?? `unexpected watch event ${JSON.stringify(event.type)}`, {
        code: status.code ?? 500,
        ...(status.reason === undefined ? {} : { reason: status.reason }),
      });
    }
  }
}
