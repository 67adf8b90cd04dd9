/**
 * What the provider says, to the engine, which shows it beside the resource: its own output belongs to the engine, too.
 * A call of the provider is answered after the engine has taken what the call said.
 */
import { connectivityState, credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

export type Severity = "info" | "warning";

export interface Line {
  /** Resource that it is about; none: the provider. */
  readonly urn?: string;
  readonly severity: Severity;
  readonly text: string;
  /** What the next line replaces: shown while it lasts. */
  readonly passing?: boolean;
}

const severities = { info: LogSeverity.INFO, warning: LogSeverity.WARNING } as const;

export interface EngineLogOptions {
  /** HOST:PORT of the engine. */
  readonly address: string;
  /** Called for a line that did not arrive. */
  readonly onFailure: (error: Error) => void;
  /** Called when the engine has ended without a word: nobody waits for answers any more. */
  readonly onGone: () => void;
}

/** Milliseconds after which an engine whose connection is lost counts as gone. */
const patienceMs = 5_000;

export class EngineLog {
  readonly #client: EngineClient;
  readonly #options: EngineLogOptions;
  readonly #underway = new Set<Promise<void>>();
  #closed = false;

  constructor(options: EngineLogOptions) {
    // Idle connections are closed by default, which would look as if the engine were gone.
    const settings = { "grpc.client_idle_timeout_ms": 2 ** 31 - 1 };
    this.#client = new EngineClient(options.address, credentials.createInsecure(), settings);
    this.#options = options;
    this.#watch();
  }

  say(line: Line): void {
    const request = new LogRequest();
    request.setSeverity(severities[line.severity]);
    request.setMessage(line.text);
    request.setUrn(line.urn ?? "");
    request.setEphemeral(line.passing ?? false);
    const sent = new Promise<void>((resolve) => {
      this.#client.log(request, (error) => {
        if (error !== null) this.#options.onFailure(error);
        resolve();
      });
    });
    this.#underway.add(sent);
    void sent.then(() => this.#underway.delete(sent));
  }

  async flush(): Promise<void> {
    await Promise.all(this.#underway);
  }

  close(): void {
    this.#closed = true;
    this.#client.close();
  }

  #watch(): void {
    this.#client.waitForReady(Date.now() + patienceMs, (error) => {
      if (this.#closed) return;
      if (error !== undefined) this.#options.onGone();
      else this.#client.getChannel().watchConnectivityState(connectivityState.READY, Infinity, () => this.#watch());
    });
  }
}
