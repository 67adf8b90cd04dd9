/** What every verb is given: the server's parts, and one request, parsed. */
import type { FieldError } from "../core/field-error";
import type { Store, Watch } from "../store/store";
import type { Writer } from "./fields/managers";
import type { KubeObject } from "./object";
import type { Registry, ResourceDefinition } from "./registry";
import type { Predicate } from "./selectors";
import type { Status } from "./status";

export interface ServerLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ServerContext {
  readonly store: Store;
  readonly registry: Registry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** That many random bytes, for uids and generated names. */
  readonly random: (size: number) => Uint8Array;
  readonly log: ServerLog;
}

export interface ResourceRequest {
  readonly definition: ResourceDefinition;
  /** Absent for cluster-scoped resources and for lists over all namespaces. */
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly query: URLSearchParams;
  /** Media type of the body without parameters; "" without a body. */
  readonly contentType: string;
  /** Parsed, not yet judged. */
  readonly body: unknown;
  /** Paths of the keys that the body gives more than once. */
  readonly duplicates?: readonly string[];
  /** Who writes, for managed fields: the fieldManager parameter or the client program's name. */
  readonly fieldManager: string;
}

export interface ObjectList {
  readonly definition: ResourceDefinition;
  /** Parsed when they are asked for. */
  readonly items: () => readonly KubeObject[];
  /** The same as text, one JSON document each. */
  readonly texts: () => readonly string[];
  readonly resourceVersion: string;
  readonly continueToken?: string;
  readonly remaining?: number;
}

export interface WatchPlan {
  readonly definition: ResourceDefinition;
  readonly watch: Watch;
  readonly selects: Predicate;
  /** Sent as ADDED before the stream. */
  readonly initial: readonly KubeObject[];
  /** Mark the end of `initial` with an annotated bookmark. */
  readonly announceInitialEnd: boolean;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
}

/** The writer of a request, for the record of who wrote which field. */
export function writerOf({ fieldManager, subresource }: ResourceRequest, { now }: ServerContext): Writer {
  return { manager: fieldManager, now: now(), ...(subresource === undefined ? {} : { subresource }) };
}

/** Of a field, or in words that clients know. */
export type Warning = FieldError | string;

/** What a verb answers with; the server renders it in the format that was asked for. */
export type Answer =
  | {
      readonly type: "object";
      readonly code: number;
      readonly definition: ResourceDefinition;
      readonly object: KubeObject;
      readonly warnings?: readonly Warning[];
    }
  | { readonly type: "status"; readonly status: Status }
  | { readonly type: "list"; readonly list: ObjectList }
  | { readonly type: "watch"; readonly plan: WatchPlan };
