/** The part of Pulumi's engine that a provider talks to: it takes log lines. */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { type LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

export interface Said {
  readonly urn: string;
  readonly severity: "info" | "warning" | "other";
  readonly text: string;
  /** Whether the next line replaces it. */
  readonly passing: boolean;
}

export class Engine {
  readonly address: string;
  readonly said: Said[] = [];
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.address = `127.0.0.1:${port}`;
  }

  static async start(): Promise<Engine> {
    const server = new Server();
    let engine: Engine | undefined;
    server.addService(EngineService, {
      log: ({ request }: ServerUnaryCall<LogRequest, Empty>, callback: sendUnaryData<Empty>) => {
        engine?.said.push(lineOf(request));
        callback(null, new Empty());
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    engine = new Engine(server, port);
    return engine;
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

function lineOf(request: LogRequest): Said {
  const severities = { [LogSeverity.INFO]: "info", [LogSeverity.WARNING]: "warning" } as const;
  const severity = request.getSeverity();
  return {
    urn: request.getUrn(),
    severity: severity === LogSeverity.INFO || severity === LogSeverity.WARNING ? severities[severity] : "other",
    text: request.getMessage(),
    passing: request.getEphemeral(),
  };
}
