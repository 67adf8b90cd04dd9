/** A provider process's server as the engine has it, with the engine's side of the line. Answers are plain values. */
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { startComponentHost } from "../../../../provider/cmd/pulumi-resource-kubevirt/component-host";
import { EngineLog } from "../../../../provider/plugin/engine-log";
import { type Plugin, servePlugin } from "../../../../provider/plugin/server";
import { Engine } from "./engine";

export type Properties = Record<string, JavaScriptValue>;

type Done<Response> = (error: ServiceError | null, response: Response) => void;

export const urnOf = (kind: string, name: string): string => `urn:pulumi:dev::shop::kubevirt:index:${kind}::${name}`;

/** What the engine gets with an error that says "made, but not ready". */
export interface InitFailure {
  readonly id: string;
  readonly properties: Properties;
  readonly reasons: readonly string[];
}

export class PluginSession {
  readonly engine: Engine;
  readonly client: ResourceProviderClient;
  /** Whether the provider took the engine to be gone. */
  engineMissed = false;
  readonly #plugin: Plugin;

  private constructor(engine: Engine, plugin: Plugin) {
    this.engine = engine;
    this.#plugin = plugin;
    this.client = new ResourceProviderClient(`127.0.0.1:${plugin.port}`, credentials.createInsecure());
  }

  static async open(settings: Properties): Promise<PluginSession> {
    const engine = await Engine.start();
    let session: PluginSession | undefined;
    const plugin = await servePlugin({
      engineAddress: engine.address,
      version: "1.2.3",
      schema: async () => '{"name":"kubevirt"}',
      connectEngine: (address) =>
        new EngineLog({
          address,
          onFailure: (error) => {
            throw error;
          },
          onGone: () => {
            if (session !== undefined) session.engineMissed = true;
          },
        }),
      startComponentHost,
    });
    session = new PluginSession(engine, plugin);
    await session.configure(settings);
    return session;
  }

  async close(): Promise<void> {
    this.client.close();
    await this.#plugin.stop();
    this.engine.stop();
  }

  configure(settings: Properties): Promise<messages.ConfigureResponse> {
    const request = new messages.ConfigureRequest().setArgs(Struct.fromJavaScript(settings));
    return this.call((done) => this.client.configure(request, done));
  }

  /** Rejects with the ServiceError of a call that was refused. */
  call<Response>(start: (done: Done<Response>) => unknown): Promise<Response> {
    return new Promise((resolve, reject) => {
      start((error, response) => (error === null ? resolve(response) : reject(error)));
    });
  }

  async check(urn: string, news: Properties, olds: Properties = {}): Promise<Properties> {
    const request = new messages.CheckRequest().setUrn(urn);
    request.setNews(Struct.fromJavaScript(news)).setOlds(Struct.fromJavaScript(olds));
    const response = await this.call<messages.CheckResponse>((done) => this.client.check(request, done));
    return response.getInputs()?.toJavaScript() ?? {};
  }

  /** What a preview says of the faults of a resource that is new. */
  async faults(urn: string, news: Properties, olds: Properties = {}): Promise<readonly string[]> {
    const inputs = await this.check(urn, news, olds);
    try {
      await this.create(urn, inputs, { preview: true });
      return [];
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes("refused:")) throw error;
      return error.message.replace(/^.*refused:\s*/, "").split("\n  ");
    }
  }

  async create(urn: string, inputs: Properties, options: { preview?: true; timeout?: number } = {}) {
    const request = new messages.CreateRequest().setUrn(urn).setProperties(Struct.fromJavaScript(inputs));
    request.setPreview(options.preview ?? false).setTimeout(options.timeout ?? 0);
    const response = await this.call<messages.CreateResponse>((done) => this.client.create(request, done));
    return { id: response.getId(), outputs: response.getProperties()?.toJavaScript() ?? {} };
  }

  async update(urn: string, olds: Properties, news: Properties, options: { preview?: true } = {}): Promise<Properties> {
    const request = new messages.UpdateRequest().setUrn(urn).setOlds(Struct.fromJavaScript(olds));
    request.setNews(Struct.fromJavaScript(news)).setPreview(options.preview ?? false);
    const response = await this.call<messages.UpdateResponse>((done) => this.client.update(request, done));
    return response.getProperties()?.toJavaScript() ?? {};
  }

  async diff(urn: string, olds: Properties, news: Properties) {
    const request = new messages.DiffRequest().setUrn(urn);
    request.setOlds(Struct.fromJavaScript(olds)).setNews(Struct.fromJavaScript(news));
    const response = await this.call<messages.DiffResponse>((done) => this.client.diff(request, done));
    const kinds = Object.entries(messages.PropertyDiff.Kind);
    const details = [...response.getDetaileddiffMap().entries()].map(([path, difference]): [string, string] => [
      path,
      kinds.find(([, kind]) => kind === difference.getKind())?.[0] ?? "",
    ]);
    return {
      changes: response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
      details: Object.fromEntries(details),
    };
  }

  async read(urn: string, id: string, outputs: Properties = {}) {
    const request = new messages.ReadRequest().setUrn(urn).setId(id).setProperties(Struct.fromJavaScript(outputs));
    const response = await this.call<messages.ReadResponse>((done) => this.client.read(request, done));
    return {
      id: response.getId(),
      outputs: response.getProperties()?.toJavaScript() ?? {},
      inputs: response.getInputs()?.toJavaScript() ?? {},
    };
  }

  delete(urn: string, id: string, outputs: Properties): Promise<Empty> {
    const request = new messages.DeleteRequest().setUrn(urn).setId(id).setProperties(Struct.fromJavaScript(outputs));
    return this.call((done) => this.client.delete(request, done));
  }

  cancel(): Promise<Empty> {
    return this.call((done) => this.client.cancel(new Empty(), done));
  }

  async invoke(name: string, args: Properties) {
    const request = new messages.InvokeRequest().setTok(`kubevirt:index:${name}`).setArgs(Struct.fromJavaScript(args));
    const response = await this.call<messages.InvokeResponse>((done) => this.client.invoke(request, done));
    return {
      found: response.getReturn()?.toJavaScript() ?? {},
      failures: response.getFailuresList().map((failure) => failure.getReason()),
    };
  }
}

/** The error of a call that must be refused. */
export async function refusalOf(call: Promise<unknown>): Promise<ServiceError> {
  try {
    await call;
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error("it was not refused");
}

export function initFailureOf(error: ServiceError): InitFailure {
  const [details] = error.metadata.get("grpc-status-details-bin");
  if (!(details instanceof Buffer)) throw new Error(`no details come with: ${error.message}`);
  const [any] = Status.deserializeBinary(details).getDetailsList();
  const failure = any?.unpack(messages.ErrorResourceInitFailed.deserializeBinary, "pulumirpc.ErrorResourceInitFailed");
  if (failure === undefined || failure === null) throw new Error("the details are of another type");
  return {
    id: failure.getId(),
    properties: failure.getProperties()?.toJavaScript() ?? {},
    reasons: failure.getReasonsList(),
  };
}
