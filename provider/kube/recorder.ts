/**
 * Kubernetes Events about an object, as `kubectl describe` lists them. The same event again raises the count of the
 * first one. Recording never fails its caller: an event that cannot be written is logged.
 */
import { type Clock, systemClock, timestamp } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import type { KubeClient } from "./client";
import { isNotFound } from "./errors";
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

export interface RecorderOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  /** Shown as "From" by kubectl. */
  readonly component: string;
  readonly host?: string;
  readonly clock?: Clock;
}

/** An event that was written, and how often it has happened. */
interface Recorded {
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly count: number;
}

/** Events whose repetition is counted instead of listed again. */
const mostRemembered = 4096;

/** Longest message kept; the API refuses more than 1,024 characters. */
const maxMessage = 1000;

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #clock: Clock;
  /** One write at a time keeps events of one component in the order they happened. */
  #tail: Promise<void> = Promise.resolve();
  /** By what an event says, those recorded last. */
  readonly #recorded = new Map<string, Recorded>();
  #sequence = 0;

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
    const { metadata } = subject.object;
    const message = event.message.length > maxMessage ? `${event.message.slice(0, maxMessage)}…` : event.message;
    const identity = [metadata.uid, event.type, event.reason, message].join("\n");
    const earlier = this.#recorded.get(identity);
    const counted = earlier === undefined ? undefined : await this.#countAgain(earlier, at);
    const recorded = counted ?? (await this.#create(subject, { ...event, message }, at));
    this.#recorded.delete(identity);
    this.#recorded.set(identity, recorded);
    const oldest = this.#recorded.keys().next().value;
    if (this.#recorded.size > mostRemembered && oldest !== undefined) this.#recorded.delete(oldest);
  }

  /** Undefined when the event has expired meanwhile, so that a new one is due. */
  async #countAgain(earlier: Recorded, at: string): Promise<Recorded | undefined> {
    const { namespace, name } = earlier;
    const count = earlier.count + 1;
    try {
      // Nobody else counts this event: its name is this recorder's own.
      await this.#options.client.mergePatch(coreResources.events, { namespace, name }, { count, lastTimestamp: at });
      return { namespace, name, count };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #create(subject: EventSubject, event: EventRecord, at: string): Promise<Recorded> {
    const { client, component, host } = this.#options;
    const { metadata } = subject.object;
    this.#sequence += 1;
    // Time first, so that events of one second are listed in the order in which they happened.
    const order = (BigInt(this.#clock.now()) * 1_000_000n + BigInt(this.#sequence % 1_000_000)).toString(16);
    const object = {
      metadata: { namespace: metadata.namespace ?? "default", name: `${metadata.name}.${order}` },
      involvedObject: {
        apiVersion: apiVersionOf(subject.resource),
        kind: subject.resource.kind,
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
      },
      ...event,
      source: host === undefined ? { component } : { component, host },
      reportingComponent: component,
      reportingInstance: host ?? "",
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    };
    const { metadata: made } = await client.create<KubeObject>(coreResources.events, object);
    return { namespace: made.namespace, name: made.name, count: 1 };
  }
}
