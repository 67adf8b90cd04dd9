/** What one process of the provider knows: its connection, what the program has shown, whether the run was cancelled. */
import { type ClientFactory, clientFactory, type StackSettings } from "../lifecycle/connection";
import { renderingNotice } from "../lifecycle/render/verbs";
import type { Run } from "../lifecycle/verbs";
import { systemClock } from "../runtime/clock";
import type { EngineLog, Line } from "./engine-log";
import { ProgramPresets } from "./program-presets";
import { Refusals } from "./refusals";

export class Session {
  #settings: StackSettings = {};
  #toldOfRendering = false;
  #connect: ClientFactory = clientFactory({});
  #presets = new ProgramPresets();
  #refusals = new Refusals({ clock: systemClock });
  #log: EngineLog | undefined;
  readonly #cancelled = new AbortController();

  readonly connect: ClientFactory = () => this.#connect();

  /** Of the provider: of the stack, or of an explicit one. */
  get settings(): StackSettings {
    return this.#settings;
  }

  get presets(): ProgramPresets {
    return this.#presets;
  }

  get refusals(): Refusals {
    return this.#refusals;
  }

  /** Begins anew with these settings. */
  configure(settings: StackSettings): void {
    this.#settings = settings;
    this.#toldOfRendering = false;
    this.#connect = clientFactory(settings);
    this.#presets = new ProgramPresets();
    this.#refusals = new Refusals({ clock: systemClock });
  }

  /** Tells once that objects are written to a folder, if they are. */
  sayRendering(): void {
    const { renderTo } = this.#settings;
    if (renderTo === undefined || this.#toldOfRendering) return;
    this.#toldOfRendering = true;
    this.say({ severity: "warning", text: renderingNotice(renderTo) });
  }

  /** Speaks to this engine from now on. */
  attach(log: EngineLog): void {
    this.#log?.close();
    this.#log = log;
  }

  say(line: Line): void {
    this.#log?.say(line);
  }

  async flush(): Promise<void> {
    await this.#log?.flush();
  }

  /** Ends what waits; what comes afterwards is refused. */
  cancel(): void {
    this.#cancelled.abort(new Error('the run was cancelled; run "pulumi up" again to go on'));
  }

  /** Does something about a resource, with what a verb has to itself. Throws once the run was cancelled. */
  async during<T>(urn: string, timeoutSeconds: number, work: (run: Run) => Promise<T>): Promise<T> {
    const { signal } = this.#cancelled;
    signal.throwIfAborted();
    let waiting = false;
    const result = await work({
      say: (text) => this.say({ urn, severity: "info", text }),
      progress: (text) => {
        waiting = true;
        this.say({ urn, severity: "info", text, passing: true });
      },
      signal,
      timeoutSeconds,
    });
    // What was waited for has come, and is not to stand beside the resource any longer.
    if (waiting) this.say({ urn, severity: "info", text: "", passing: true });
    return result;
  }

  close(): void {
    this.#log?.close();
  }
}
