/**
 * Kubernetes Events about an object, as `kubectl describe` lists them. The same event again raises the count of the
 * first one. Recording never fails its caller: an event that cannot be written is logged.
 */
import { createHash } from "node:crypto";
import { type Clock, systemClock, timestamp } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import type { KubeClient } from "./client";
import { isConflict, isNotFound } from "./errors";
import { apiVersionOf, coreResources, type KubeObject, type ResourceKind } from "./resource";

export interface EventRecord {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

export interface EventSubject {
  readonly resource: ResourceKind;
  readonly object: KubeObject;
}

interface EventObject extends KubeObject {
  readonly count?: number;
}

export interface RecorderOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  /** Shown as "From" by kubectl. */
  readonly component: string;
  readonly host?: string;
  readonly clock?: Clock;
}

/** Longest message kept; the API refuses more than 1,024 characters. */
const maxMessage = 1000;

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #clock: Clock;
  /** One write at a time keeps events of one component in the order they happened. */
  #tail: Promise<void> = Promise.resolve();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  record(subject: EventSubject, event: EventRecord): void {
    const at = timestamp(this.#clock.now());
    this.#tail = this.#tail
      .then(() => this.#write(subject, event, at))
      .catch((error: unknown) => {
        this.#options.log.warn({ reason: event.reason, err: error }, "an event could not be recorded");
      });
  }

  /** Resolves when everything recorded so far has been written. */
  flush(): Promise<void> {
    return this.#tail;
  }

  async #write(subject: EventSubject, event: EventRecord, at: string): Promise<void> {
    const { client, component, host } = this.#options;
    const { metadata } = subject.object;
    const message = event.message.length > maxMessage ? `${event.message.slice(0, maxMessage)}…` : event.message;
    const source = host === undefined ? { component } : { component, host };
    const identity = [metadata.uid, event.type, event.reason, message, component, host].join("\n");
    const namespace = metadata.namespace ?? "default";
    const name = `${metadata.name}.${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
    const address = { namespace, name };
    try {
      const existing = await client.get<EventObject>(coreResources.events, address);
      await client.mergePatch(coreResources.events, address, {
        metadata: { resourceVersion: existing.metadata.resourceVersion },
        count: (existing.count ?? 1) + 1,
        lastTimestamp: at,
      });
      return;
    } catch (error) {
      if (isConflict(error)) return this.#write(subject, event, at);
      if (!isNotFound(error)) throw error;
    }
    const created = {
      metadata: { namespace, name },
      involvedObject: {
        apiVersion: apiVersionOf(subject.resource),
        kind: subject.resource.kind,
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
      },
      type: event.type,
      reason: event.reason,
      message,
      source,
      reportingComponent: component,
      reportingInstance: host ?? "",
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    };
    await client.create(coreResources.events, created);
  }
}
