/**
 * The API server without its sockets: the real verbs, owner collection and store, asked through the scheduler. It can go
 * away and come back, refuse, forget its history, and cut or choke the watches it serves.
 */

import { type Background, startBackground } from "../../../provider/apiserver/background";
import { bootstrap } from "../../../provider/apiserver/bootstrap";
import type { Answer, ServerContext, WatchPlan } from "../../../provider/apiserver/context";
import { translateStoreError } from "../../../provider/apiserver/object-storage";
import type { Registry } from "../../../provider/apiserver/registry";
import { renderAnswer } from "../../../provider/apiserver/render";
import { defaultRegistry } from "../../../provider/apiserver/resources";
import { answer, route } from "../../../provider/apiserver/router";
import { ApiError as Refusal } from "../../../provider/apiserver/status";
import { translateEvent } from "../../../provider/apiserver/watch-stream";
import { ApiError, UnreachableError } from "../../../provider/kube/errors";
import { type Logger, silentLogger } from "../../../provider/runtime/log";
import { openSqliteStore } from "../../../provider/store/sqlite";
import type { Store } from "../../../provider/store/store";
import type { SeededRandom } from "../../builders/seeded-random";
import type { Scheduler, SimulatedProcess } from "./scheduler";
import { SimulatedStream } from "./stream";

export interface ApiCall {
  readonly method: string;
  /** With its query. */
  readonly target: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

const server = "https://simulated";
const unreachable = (why: string) => new UnreachableError(server, new Error(why));

export interface SimulatedApiOptions {
  readonly log?: Logger;
  /** What it serves. Default: what the engine does. */
  readonly registry?: Registry;
}

export class SimulatedApi {
  readonly store: Store;
  /** Every call that came in, as `METHOD /path?query`. */
  readonly calls: string[] = [];
  /** Why a call is not carried out; undefined when it is. */
  refusal: (call: ApiCall) => Error | undefined = () => undefined;
  readonly streams = new Set<SimulatedStream>();
  /** Answers of the next calls, whatever they ask: an HTTP code, or "lost" for one that was carried out unheard. */
  readonly upsets: ("lost" | 409 | 429 | 500)[] = [];
  readonly #context: ServerContext;
  readonly #scheduler: Scheduler;
  #background: Background | undefined;
  #away = false;

  constructor(random: SeededRandom, scheduler: Scheduler, options: SimulatedApiOptions = {}) {
    const { log = silentLogger, registry = defaultRegistry() } = options;
    this.#scheduler = scheduler;
    this.store = openSqliteStore({ path: ":memory:", now: Date.now });
    const bytes = (size: number) => random.bytes(size);
    this.#context = { store: this.store, registry, now: Date.now, random: bytes, log };
  }

  async start(): Promise<void> {
    await bootstrap(this.#context);
    this.#background = startBackground(this.#context);
  }

  async close(): Promise<void> {
    await this.#background?.stop();
    await this.store.close();
  }

  /** As a person at a terminal: at once, past the scheduler. */
  async direct(call: ApiCall): Promise<unknown> {
    const result = await this.#carryOut(call);
    if (result.type === "watch") throw new Error("watches are opened by `watch`");
    return renderAnswer(result, { accepted: { format: "json" }, query: new URLSearchParams(), now: Date.now() });
  }

  request(process: SimulatedProcess, call: ApiCall): Promise<unknown> {
    return this.#scheduler.call(process, `${call.method} ${call.target}`, async () => {
      if (this.#away || process.line.cut) throw unreachable("connection refused");
      this.calls.push(`${call.method} ${call.target}`);
      const refusal = this.refusal(call);
      if (refusal !== undefined) throw refusal;
      const upset = this.upsets.shift();
      if (typeof upset === "number") throw new ApiError("upset", { code: upset, reason: reasons[upset] });
      const result = await this.direct(call);
      if (upset === "lost" || this.#away || process.line.cut) throw unreachable("connection reset");
      return result;
    });
  }

  watch(process: SimulatedProcess, target: string): Promise<SimulatedStream> {
    return this.#scheduler.call(process, `WATCH ${target}`, async () => {
      if (this.#away || process.line.cut) throw unreachable("connection refused");
      const result = await this.#carryOut({ method: "GET", target });
      if (result.type !== "watch") throw new Error(`${target} is no watch`);
      const stream = new SimulatedStream(process, this.#scheduler, () => {
        this.streams.delete(stream);
        result.plan.watch.close();
      });
      this.streams.add(stream);
      this.#feed(stream, result.plan).catch((error: unknown) => stream.cut(refusalOf(error)));
      return stream;
    });
  }

  /** Cuts every line. Objects stay. */
  goAway(): void {
    this.#away = true;
    for (const stream of [...this.streams]) stream.cut(unreachable("connection reset"));
  }

  comeBack(): void {
    this.#away = false;
  }

  /** Whoever asks for what was before gets 410. */
  async forgetHistory(): Promise<void> {
    await this.store.compact(this.store.revision);
  }

  async #feed(stream: SimulatedStream, plan: WatchPlan): Promise<void> {
    for (const object of plan.initial) stream.push({ type: "ADDED", object });
    for await (const item of plan.watch) {
      if (item.kind === "dropped") return stream.cut(new ApiError("too slow", { code: 410, reason: "Expired" }));
      const event = translateEvent(item.event, plan);
      if (event !== undefined) stream.push(event);
    }
  }

  async #carryOut(call: ApiCall): Promise<Answer> {
    const { method, target, contentType = call.body === undefined ? "" : "application/json" } = call;
    try {
      const raw = { method, url: new URL(server + target), contentType, userAgent: "simulation" };
      const body: unknown = call.body === undefined ? undefined : JSON.parse(JSON.stringify(call.body));
      return await answer(this.#context, { ...route(this.#context, raw), body });
    } catch (error) {
      throw refusalOf(error);
    }
  }
}

/** As a client is told of it; an error of another sort is one of the simulation. */
function refusalOf(error: unknown): ApiError {
  const refusal = translateStoreError(error);
  if (!(refusal instanceof Refusal)) throw error;
  return new ApiError(refusal.message, { code: refusal.code, reason: refusal.reason });
}

const reasons = { 409: "Conflict", 429: "TooManyRequests", 500: "InternalError" } as const;
